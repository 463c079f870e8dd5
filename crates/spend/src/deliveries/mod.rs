//! Telling endpoints what happened: the trail becomes messages, and messages are sent until they are taken.
//!
//! Invariants: the outbox is the audit trail itself, so nothing on the way of a payment writes a word for webhooks.
//! An endpoint's cursor and the deliveries behind it move in one transaction: after a crash nothing is lost. A message
//! has one id, made of the entry that it tells of, however often and wherever it is sent. Order is not promised, and a
//! message may come twice. No transaction is open while somebody is called.

pub mod api;
pub mod message;
pub mod names;
mod outbox;
mod schedule;
mod send;
pub mod service;
pub mod sql;

use bursar_base::{DeliveryId, EndpointId, OrgId, TimeUs};
use bursar_store::{Columns as _, Row, StoreError};
use serde::Serialize;

pub use outbox::{is_behind, look};
pub use send::{deliver, endpoint_of};

/// The type of the message that only tells that messages arrive.
pub const TEST: &str = "endpoint.test";

/// One message to one endpoint.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// In which org.
    pub org_id: OrgId,
    /// To which endpoint.
    pub endpoint_id: EndpointId,
    /// The entry of the org's chain that it tells of; none for a test.
    pub seq: Option<i64>,
    /// `webhook-id`: the same on every attempt.
    pub message_id: String,
    /// The name of what happened.
    pub kind: String,
    /// `pending`, `delivered`, `failed` or `cancelled`.
    pub status: String,
    /// How often it was sent.
    pub attempts: i64,
    /// What was answered last.
    pub http_status: Option<i64>,
    /// Why it was not taken last.
    pub error: Option<String>,
    /// When it is sent next.
    pub next_attempt: Option<TimeUs>,
    /// When it was sent last.
    pub last_attempt: Option<TimeUs>,
    /// When it was made.
    pub created: TimeUs,
}

/// Reads a row of `webhook_deliveries`.
pub(crate) fn from_row(row: &Row) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: DeliveryId::from_store(&row.text("id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        endpoint_id: EndpointId::from_store(&row.text("endpoint_id")?),
        seq: row.opt_int("seq")?,
        message_id: row.text("message_id")?,
        kind: row.text("type")?,
        status: row.text("status")?,
        attempts: row.int("attempts")?,
        http_status: row.opt_int("http_status")?,
        error: row.opt_text("error")?,
        next_attempt: row.opt_time("next_attempt_us")?,
        last_attempt: row.opt_time("last_attempt_us")?,
        created: row.time("created_us")?,
    })
}

/// A delivery in the log.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DeliveryBody {
    /// Its id.
    pub delivery_id: String,
    /// `webhook-id`: the same on every attempt.
    pub message_id: String,
    /// The name of what happened.
    pub r#type: String,
    /// `pending`, `delivered`, `failed` (given up) or `cancelled` (the endpoint was disabled).
    pub status: String,
    /// How often it was sent.
    pub attempts: i64,
    /// What was answered last.
    pub http_status: Option<i64>,
    /// Why it was not taken last.
    pub error: Option<String>,
    /// When it is sent next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_attempt_at: Option<TimeUs>,
    /// When it was sent last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_attempt_at: Option<TimeUs>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
}

impl From<Delivery> for DeliveryBody {
    fn from(delivery: Delivery) -> DeliveryBody {
        DeliveryBody {
            delivery_id: delivery.id.to_string(),
            message_id: delivery.message_id,
            r#type: delivery.kind,
            status: delivery.status,
            attempts: delivery.attempts,
            http_status: delivery.http_status,
            error: delivery.error,
            next_attempt_at: delivery.next_attempt,
            last_attempt_at: delivery.last_attempt,
            created_at: delivery.created,
        }
    }
}
