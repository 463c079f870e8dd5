//! Backtests over HTTP, for owners.

use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use bursar_base::{TimeUs, limits};
use bursar_http::Problem;
use bursar_money::backtest::Bounds;
use bursar_money::policies;
use serde::{Deserialize, Serialize};

use super::service::{self, BacktestError};
use crate::agents::api::{AboutAgent, document_of, policy_problem};
use crate::context::store_problem;
use crate::requests::api::query_of;
use crate::requests::body::CheckBody;

/// Query of a backtest.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BacktestQuery {
    /// Requests from then on (RFC 3339); of the last 30 days when absent.
    pub since: Option<String>,
    /// At most so many of them, the newest; 1000 when absent.
    #[param(minimum = 1, maximum = 10000)]
    pub limit: Option<u32>,
}

/// Requests with one outcome.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BacktestTally {
    /// `approved`, `approved_by_human`, `needs_approval`, `declined_by_human` or `declined`.
    #[schema(value_type = String)]
    pub outcome: &'static str,
    /// How many.
    pub requests: u64,
    /// What they asked for, in the wallet's currency.
    pub amount: String,
}

/// Requests that get another outcome, all from one to one.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BacktestChange {
    /// The outcome on record.
    #[schema(value_type = String)]
    pub before: &'static str,
    /// The outcome under the draft.
    #[schema(value_type = String)]
    pub under_draft: &'static str,
    /// How many.
    pub requests: u64,
    /// What they asked for, in the wallet's currency.
    pub amount: String,
}

/// One of the two decisions about a request.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BacktestSide {
    /// `approved`, `approved_by_human`, `needs_approval`, `declined_by_human` or `declined`.
    #[schema(value_type = String)]
    pub outcome: &'static str,
    /// Why not, when the policy declined it.
    pub reason: Option<String>,
    /// The rule that decided: the one that refused, or else the first that asks a human; absent where none does.
    pub rule: Option<CheckBody>,
}

/// A request that gets another outcome.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BacktestFlip {
    /// Which.
    pub transaction_id: String,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: TimeUs,
    /// Who was to be paid, as written.
    pub merchant: String,
    /// What was asked for.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// What is on record.
    pub before: BacktestSide,
    /// What would have been.
    pub under_draft: BacktestSide,
}

/// What would have been decided under a draft.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BacktestBody {
    /// Whose requests.
    pub agent_id: String,
    /// From when on requests were looked for.
    #[schema(value_type = String, format = DateTime)]
    pub since: TimeUs,
    /// When the first one was decided that was looked at; absent where there is none. Before that all is as it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<TimeUs>,
    /// Of the sums; ISO 4217.
    pub currency: String,
    /// How many requests were looked at.
    pub requests: usize,
    /// How many older ones since then were not, because there are more than can be looked at.
    pub left_out: i64,
    /// All of them by what is on record.
    pub before: Vec<BacktestTally>,
    /// All of them by what would have been.
    pub under_draft: Vec<BacktestTally>,
    /// Those that get another outcome, by outcomes.
    pub changes: Vec<BacktestChange>,
    /// Those that get another outcome, oldest first.
    pub flips: Vec<BacktestFlip>,
    /// Of how many not even the recorded decision comes out again under the recorded policy, because something that it
    /// depended on is not on record. Other than 0 it is a reason to look twice.
    pub not_reproduced: u64,
}

/// Try a policy on what an agent has asked for already. Nothing changes, and no policy is put in force.
///
/// The answer lists every request that would get another outcome. What would have been allowed and never was counts as paid
/// at once, as asked; what a human would have been asked about and never was is `needs_approval`, and counts as if they
/// had said yes.
#[utoipa::path(post, path = "/dashboard/agents/{id}/policy/backtest", tag = "dashboard", request_body = Object,
    params(("id" = String, Path), BacktestQuery), responses((status = 200, body = BacktestBody)))]
pub async fn backtest(
    query: Result<Query<BacktestQuery>, QueryRejection>,
    about: AboutAgent,
) -> Result<Json<BacktestBody>, Problem> {
    let AboutAgent { spend, agent, headers, body, .. } = about;
    let bounds = bounds_of(query_of(query)?, spend.now())?;
    let document = document_of(&headers, &body)?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let checked = policies::check_for(&mut tx, &agent.org_id, &document).await;
    drop(tx);
    let draft = checked.map_err(|error| policy_problem(error, str::to_owned))?;
    let body = service::run(&spend, &agent, draft, bounds, &mut |_| {}).await;
    body.map(Json).map_err(|error| match error {
        BacktestError::NoAgent => Problem::not_found("agent"),
        BacktestError::Store(error) => store_problem(error),
        BacktestError::Ended(_) => Problem::unavailable(),
    })
}

fn bounds_of(query: BacktestQuery, now: TimeUs) -> Result<Bounds, Problem> {
    let since = query.since.map(|text| {
        TimeUs::parse_rfc3339(&text)
            .ok_or_else(|| Problem::field("since", "an RFC 3339 time such as 2026-11-20T00:00:00Z"))
    });
    let since = since.transpose()?.unwrap_or_else(|| now.minus(limits::BACKTEST_SINCE));
    let requests = query.limit.unwrap_or(limits::BACKTEST_REQUESTS);
    if requests == 0 || requests > limits::BACKTEST_REQUESTS_MAX {
        return Err(Problem::field("limit", format!("between 1 and {}", limits::BACKTEST_REQUESTS_MAX)));
    }
    Ok(Bounds { since, requests })
}
