//! Exposure over HTTP, for owners.

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use bursar_base::{TimeUs, money};
use bursar_http::Problem;
use bursar_identity::keys::Freshness;
use bursar_money::exposure::Most;
use serde::Serialize;

use super::service;
use crate::Spend;
use crate::context::store_problem;
use crate::requests::api::caller;

/// The most that can leave within a stretch of time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HorizonBody {
    /// Without anybody saying yes from now on; absent where nothing bounds it.
    pub without_a_human: Option<String>,
    /// With a yes to everything that is asked; absent where nothing bounds it.
    pub with_approvals: Option<String>,
    /// Whether nothing bounds one of the two.
    pub unbounded: bool,
}

impl From<Most> for HorizonBody {
    fn from(most: Most) -> HorizonBody {
        // More than the ledger can hold is as good as no bound.
        let text =
            |micros: Option<i128>| micros.and_then(|micros| i64::try_from(micros).ok()).map(money::decimal);
        let (without_a_human, with_approvals) = (text(most.without_a_human), text(most.with_approvals));
        let unbounded = without_a_human.is_none() || with_approvals.is_none();
        HorizonBody { without_a_human, with_approvals, unbounded }
    }
}

/// One agent's part.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AgentExposure {
    /// Which.
    pub agent_id: String,
    /// For people.
    pub name: String,
    /// Within the next hour.
    pub hour: HorizonBody,
    /// Within the next day.
    pub day: HorizonBody,
    /// What it holds already; part of the figures where it can still leave.
    pub held: String,
    /// What its wallet has left.
    pub available: String,
    /// How many cards it can use.
    pub live_cards: i64,
}

/// Open holds of one kind.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HoldsBody {
    /// `pending`, `approved`, `executing` or `unknown`.
    pub status: String,
    /// Whether they are older than an hour.
    pub older_than_an_hour: bool,
    /// How many.
    pub count: i64,
    /// What they come to.
    pub amount: String,
    #[serde(skip)]
    micros: i64,
}

impl HoldsBody {
    pub(super) fn new(status: &str, older_than_an_hour: bool, micros: i64) -> HoldsBody {
        let (status, amount) = (status.to_owned(), money::decimal(micros));
        HoldsBody { status, older_than_an_hour, count: 1, amount, micros }
    }

    pub(super) fn add(&mut self, micros: i64) {
        self.count += 1;
        self.micros = self.micros.saturating_add(micros);
        self.amount = money::decimal(self.micros);
    }
}

/// What left without ever being held: no figure bounds it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ForcedBody {
    /// How many times in 30 days.
    pub count: i64,
    /// What it came to.
    pub amount: String,
}

/// The most that can still leave, by the money and the rules that are there now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExposureBody {
    /// From when on.
    #[schema(value_type = String, format = DateTime)]
    pub at: TimeUs,
    /// ISO 4217.
    pub currency: String,
    /// Within the next hour. Agents that share a wallet share what is in it, so this may be less than their sum.
    pub hour: HorizonBody,
    /// Within the next day.
    pub day: HorizonBody,
    /// Each agent.
    pub agents: Vec<AgentExposure>,
    /// What is held already.
    pub holds: Vec<HoldsBody>,
    /// What left in 30 days that was never held.
    pub forced_captures: ForcedBody,
    /// Whether all of the org is frozen.
    pub is_frozen: bool,
}

/// The most that can still leave in the next hour and the next day, in all and by agent.
#[utoipa::path(get, path = "/dashboard/exposure", tag = "dashboard",
    responses((status = 200, body = ExposureBody)))]
pub async fn exposure(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<ExposureBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let body = service::read(&spend, &caller.org_id).await.map_err(store_problem)?;
    body.map(Json).ok_or_else(|| Problem::not_found("org"))
}
