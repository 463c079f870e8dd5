//! The server that the protocol's library talks to: lists the tools that a caller may use, and calls their paths.

use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use bursar_base::limits;
use bursar_identity::keys::Caller;
use bursar_spend::requests::wait::Stopping;
use http::HeaderValue;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData, Implementation, ListToolsResult,
    PaginatedRequestParams, ProgressNotificationParam, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler};
use serde_json::Value;
use tokio::time::{Instant, interval_at};
use tower::ServiceExt as _;

use crate::request::{key_of, request, with_key};
use crate::tools::Tool;
use crate::{answer, words};

/// Who calls, and how: put into each request's extensions by the door, which has looked at the key.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// Sent on to the tool's path, which proves it again.
    pub(crate) authorization: HeaderValue,
    /// The agent; absent for a bot that waits for its owner.
    pub(crate) caller: Option<Caller>,
    /// What tells calls of this client from those of others with the same ids. It is a name, and opens nothing.
    pub(crate) session: Option<String>,
    /// Ends waiting when the server stops.
    pub(crate) stopping: Option<Stopping>,
}

/// The tools over the API. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) api: Router,
    pub(crate) tools: Arc<Vec<Tool>>,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let bursar = Implementation::new("bursar", env!("CARGO_PKG_VERSION")).with_title("Bursar");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(bursar)
            .with_instructions(words::INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let connection = connection(&context)?;
        let usable = self.tools.iter().filter(|tool| tool.is_for(connection.caller.as_ref()));
        Ok(ListToolsResult::with_all_items(usable.map(|tool| tool.shown.clone()).collect()))
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let connection = connection(&context)?;
        let tool = self.tools.iter().find(|tool| tool.spec.name == params.name).ok_or_else(|| {
            ErrorData::invalid_params(format!("there is no tool `{}`; see tools/list", params.name), None)
        })?;
        let mut arguments = params.arguments.unwrap_or_default();
        let key = with_key(tool, &mut arguments, |arguments| {
            key_of(connection.session.as_deref(), &context.id, tool, arguments)
        });
        let mut request = match request(tool, arguments, connection.authorization) {
            Ok(request) => request,
            Err(says) => return Ok(answer::wrong(&says).into()),
        };
        if let Some(stopping) = connection.stopping {
            request.extensions_mut().insert(stopping);
        }
        self.answered(tool, request, key, &context).await.map(Into::into)
    }
}

impl Server {
    /// Waits for the path's answer, and says now and then that it does so.
    async fn answered(
        &self,
        tool: &Tool,
        request: http::Request<axum::body::Body>,
        key: Option<String>,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        let mut answering = pin!(self.api.clone().oneshot(request));
        let token = context.meta.get_progress_token();
        let every = limits::TOOL_PROGRESS_EVERY;
        let mut ticks = interval_at(Instant::now() + every, every);
        let mut waited_seconds = 0_u32;
        let response = loop {
            tokio::select! {
                response = &mut answering => break response,
                _ = ticks.tick(), if token.is_some() => {
                    waited_seconds = waited_seconds.saturating_add(u32::try_from(every.as_secs()).unwrap_or(u32::MAX));
                    if let Some(token) = token.clone() {
                        let progress = ProgressNotificationParam::new(token, f64::from(waited_seconds));
                        let progress = progress.with_message("nothing new yet; still waiting");
                        // Who does not listen any more misses nothing but this.
                        drop(context.peer.notify_progress(progress).await);
                    }
                }
                // What changes something is carried through: nobody could say how far it had come.
                () = context.ct.cancelled(), if tool.spec.is_read_only() => {
                    return Err(ErrorData::internal_error("cancelled by the client", None));
                }
            }
        };
        let Ok(response) = response;
        let status = response.status();
        // Answers of our own, which are bounded where they are made.
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        Ok(answer::result(status, body, key.as_deref()))
    }
}

/// What the door found out about the caller. The library hands on the request that it answers.
fn connection(context: &RequestContext<RoleServer>) -> Result<Connection, ErrorData> {
    let parts = context.extensions.get::<http::request::Parts>();
    let connection = parts.and_then(|parts| parts.extensions.get::<Connection>()).cloned();
    connection.ok_or_else(|| ErrorData::internal_error("this request did not come through the door", None))
}
