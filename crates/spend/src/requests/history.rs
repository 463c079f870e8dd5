//! What the audit trail and the ledger say about one payment, for members.

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use bursar_base::{OrgId, TimeUs, money};
use bursar_http::{PathText, Problem};
use bursar_identity::keys::Freshness;
use bursar_money::audit;
use bursar_money::ledger::moved::{self, Movement};
use bursar_store::events::Event;
use bursar_store::{StoreError, Tx};
use serde::Serialize;

use super::api::{caller, transaction_id};
use super::service::visible;
use crate::Spend;
use crate::context::store_problem;

/// Everything that was written down about a payment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HistoryBody {
    /// The audit entries, oldest first; the first thousand.
    pub data: Vec<EntryBody>,
}

/// One entry of the audit trail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EntryBody {
    /// Its place in the org's chain, from 1.
    pub seq: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: TimeUs,
    /// What was done, such as `payment.approved`.
    pub action: String,
    /// Who did it, such as `agent:…` or `member:…`.
    pub actor: String,
    /// The amount that it is about.
    pub amount: Option<String>,
    /// Of the amount.
    pub currency: Option<String>,
    /// Everything else.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// SHA-256 of the entry and of the hash before it, in hex.
    pub hash: String,
    /// What it moved in the ledger.
    pub moved: Vec<MovementBody>,
}

/// One movement of the ledger.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MovementBody {
    /// `hold`, `release`, `post`, `capture`, `refund`, `dispute` or `deposit`.
    pub kind: String,
    /// The account that is debited.
    pub debit: String,
    /// The account that is credited.
    pub credit: String,
    /// How much.
    pub amount: String,
}

impl From<&Movement> for MovementBody {
    fn from(movement: &Movement) -> MovementBody {
        MovementBody {
            kind: movement.kind.as_str().to_owned(),
            debit: movement.debit.as_str().to_owned(),
            credit: movement.credit.as_str().to_owned(),
            amount: money::decimal(movement.micros),
        }
    }
}

/// A payment's audit entries with what each moved in the ledger.
#[utoipa::path(get, path = "/dashboard/transactions/{id}/history", tag = "dashboard",
    params(("id" = String, Path)), responses((status = 200, body = HistoryBody)))]
pub async fn history(
    State(spend): State<Spend>,
    PathText(id): PathText,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<HistoryBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let t = visible(&spend, &caller, &transaction_id(&id)?).await?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let entries = audit::about(&mut tx, &t.org_id, &t.id, t.seq).await.map_err(store_problem)?;
    let mut data = Vec::with_capacity(entries.len());
    for entry in entries {
        data.push(body(&mut tx, &t.org_id, entry).await.map_err(store_problem)?);
    }
    Ok(Json(HistoryBody { data }))
}

async fn body(tx: &mut Tx, org: &OrgId, entry: Event) -> Result<EntryBody, StoreError> {
    let moved = moved::movements(tx, org, entry.seq - 1, entry.seq).await?;
    let detail = serde_json::from_str(&entry.detail)
        .map_err(|error| StoreError::Damaged(format!("events.detail of {}: {error}", entry.seq)))?;
    Ok(EntryBody {
        seq: entry.seq,
        at: entry.at,
        action: entry.action,
        actor: entry.actor,
        amount: entry.amount_micros.map(money::decimal),
        currency: entry.currency,
        detail,
        hash: entry.hash,
        moved: moved.iter().map(MovementBody::from).collect(),
    })
}
