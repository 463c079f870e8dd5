//! Messages over HTTP, for agents.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{OriginalUri, Query, Request, State};
use bursar_http::{Problem, page, parse_json};
use bursar_identity::keys::Freshness;
use serde::{Deserialize, Serialize};

use super::service;
use crate::Spend;
use crate::context::store_problem;
use crate::deliveries::message::{MessageBody, MessageId};
use crate::requests::api::{caller, query_of};

/// Query of a list of messages.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MessagesQuery {
    /// From the answer before; without it, behind what was acknowledged.
    pub cursor: Option<String>,
    /// How many changes, 1 to 100; 50 when absent. One change may be told in two messages.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// One message.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReadMessage {
    /// The `webhook-id` under which an endpoint is told the same.
    pub message_id: String,
    /// Its number, for `up_to`. Messages of one change share it.
    pub number: i64,
    /// What a webhook's body says.
    #[serde(flatten)]
    pub message: MessageBody,
}

/// Some messages.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MessagesBody {
    /// Oldest first.
    pub data: Vec<ReadMessage>,
    /// There may be more behind these, even where there are none: pass it as `cursor`. Absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// What the calling agent was not told yet, or did not acknowledge. Nothing is written: ask again and get the same.
#[utoipa::path(get, path = "/messages", tag = "messages", params(MessagesQuery),
    responses((status = 200, body = MessagesBody)))]
pub async fn list(
    State(spend): State<Spend>,
    query: Result<Query<MessagesQuery>, QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<MessagesBody>, Problem> {
    let query = query_of(query)?;
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let (agent_id, _) = caller.agent()?;
    let limit = page::limit(query.limit)?;
    let wrong = || Problem::field("cursor", "the next_cursor of an answer");
    let digits = |text: &String| text.bytes().all(|byte| byte.is_ascii_digit());
    let after = query
        .cursor
        .map(|text| Some(text).filter(digits).and_then(|text| text.parse().ok()).ok_or_else(wrong));
    let found = service::list(&spend, &caller.org_id, agent_id, after.transpose()?, limit).await?;
    let data = found.messages.into_iter().map(|(id, message)| ReadMessage {
        message_id: id.to_string(),
        number: id.seq,
        message,
    });
    Ok(Json(MessagesBody { data: data.collect(), next_cursor: found.next.map(|next| next.to_string()) }))
}

/// Up to where the agent has its messages: one of the two.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AckBody {
    /// This message and all before it.
    pub message_id: Option<String>,
    /// The same by `number`.
    #[schema(minimum = 0)]
    pub up_to: Option<i64>,
}

/// What was acknowledged.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AckedBody {
    /// Messages up to this number do not come again.
    pub up_to: i64,
}

/// Acknowledge messages: they do not come again. What was acknowledged before stays so.
#[utoipa::path(post, path = "/messages/ack", tag = "messages", request_body = AckBody,
    responses((status = 200, body = AckedBody)))]
pub async fn ack(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<AckedBody>, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let (agent_id, _) = caller.agent()?;
    let body: AckBody = parse_json(&parts.headers, &body)?;
    let (field, seq) = match (body.message_id, body.up_to) {
        (Some(id), None) => {
            let id = MessageId::parse(&id).filter(|id| id.org_id == caller.org_id);
            ("message_id", id.ok_or_else(|| Problem::field("message_id", "the message_id of a message"))?.seq)
        }
        (None, Some(seq)) => ("up_to", seq),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::field("message_id", "send either `message_id` or `up_to`"));
        }
    };
    let mut org = spend.lock_for(&caller).await?;
    if seq < 0 || seq > org.head.seq {
        return Err(Problem::field(field, "there is no such message"));
    }
    let now = org.now;
    let up_to = service::acknowledge(&mut org.tx, &caller.org_id, agent_id, seq, now).await;
    let up_to = up_to.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    Ok(Json(AckedBody { up_to }))
}
