//! `/mcp`: who may come in. Each request proves itself by a key; what a browser sends from elsewhere is refused.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use bursar_base::{Clock, Rng, ids, limits};
use bursar_http::{Problem, read_body};
use bursar_identity::keys::{Authenticator, Registrant};
use bursar_spend::Spend;
use bursar_spend::requests::wait::Stopping;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use utoipa::openapi::OpenApi as Document;

use crate::server::{Connection, Server};
use crate::tools;

/// Where it is; not below `/v1`, because clients look for it here.
const PATH: &str = "/mcp";
/// What a client calls its connection, in each request after the first.
pub(crate) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
/// The method with which a client begins.
const INITIALIZE: &str = "initialize";

/// What stands behind the path.
#[derive(Clone)]
pub struct Door {
    service: StreamableHttpService<Server, NeverSessionManager>,
    authenticator: Authenticator,
    /// The one origin whose pages may call.
    origin: String,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl Door {
    /// Over the API's router, whose paths the tools are, and its description.
    pub fn new(spend: &Spend, api: Router, description: &Document) -> Door {
        let description = serde_json::to_value(description).unwrap_or_default();
        let server = Server { api, tools: Arc::new(tools::all(&description)) };
        // No sessions: every request stands for itself. The origin is looked at here, and a key is needed whatever the
        // host is called, so there is nothing for a page to gain by another name for it.
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(limits::MAX_BODY_BYTES)
            .disable_allowed_hosts();
        let service = StreamableHttpService::new(move || Ok(server.clone()), Arc::default(), config);
        let url = reqwest::Url::parse(&spend.settings.public_url).ok();
        Door {
            service,
            authenticator: spend.authenticator.clone(),
            origin: url.map(|url| url.origin().ascii_serialization()).unwrap_or_default(),
            clock: spend.identity.clock.clone(),
            rng: spend.identity.rng.clone(),
        }
    }

    async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let (mut parts, body) = request.into_parts();
        self.must_be_ours(&parts.headers)?;
        let authorization = parts.headers.get(header::AUTHORIZATION).cloned().ok_or_else(no_key)?;
        let body = read_body(body).await?;
        let caller = match self.authenticator.registrant(&parts, Body::from(body.clone())).await? {
            Registrant::Agent(caller) => Some(caller),
            Registrant::Bot(_) => None,
        };
        let begins = is_first(&body);
        let stopping = parts.extensions.get::<Stopping>().cloned();
        let session = session(&parts.headers);
        parts.extensions.insert(Connection { authorization, caller, session, stopping });
        let answer = self.service.handle(Request::from_parts(parts, Body::from(body))).await;
        let mut answer = answer.map(Body::new);
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if begins {
            let name = ids::uuid_v7_hex(self.clock.now(), &*self.rng);
            if let Ok(name) = HeaderValue::from_str(&name) {
                headers.insert(SESSION, name);
            }
        }
        Ok(answer)
    }

    /// Browsers say which page sends a request. Programs say nothing.
    fn must_be_ours(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let foreign = headers.get_all(header::ORIGIN).iter().any(|origin| origin != self.origin.as_str());
        if foreign {
            let detail =
                "this came from a page of another site, so nothing was done; a program sends no Origin";
            return Err(Problem::new(StatusCode::FORBIDDEN, "cross_site", detail));
        }
        Ok(())
    }
}

/// `POST /mcp`. There is nothing to be read without asking, so every other method is refused.
pub fn router(door: Door) -> Router {
    let answer = |State(door): State<Door>, request: Request| async move { door.answer(request).await };
    Router::new().route(PATH, post(answer).fallback(only_post)).with_state(door)
}

async fn only_post() -> impl axum::response::IntoResponse {
    let detail = "clients of the Model Context Protocol send POST here; there is no stream to open and no session to end";
    ([(header::ALLOW, "POST")], Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail))
}

/// A signature covers this path and not the one of the tool, so only the key itself can be sent on.
fn no_key() -> Problem {
    let detail =
        "send an agent's key as `Authorization: Bearer bur_…`; a signature or a cookie opens nothing here";
    Problem::unauthorized("missing_credentials", detail)
}

/// What the client calls its connection, where that is a decent name.
fn session(headers: &HeaderMap) -> Option<String> {
    let name = headers.get(SESSION)?.to_str().ok()?;
    (1..=limits::MAX_MCP_SESSION_CHARS).contains(&name.len()).then(|| name.to_owned())
}

/// Whether a client begins with this message.
fn is_first(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Message<'a> {
        #[serde(borrow)]
        method: std::borrow::Cow<'a, str>,
    }
    serde_json::from_slice::<Message<'_>>(body).is_ok_and(|message| message.method == INITIALIZE)
}
