//! Reconciliation by hand, over HTTP, for owners.

use std::time::Duration;

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use bursar_base::{TimeUs, limits};
use bursar_http::Problem;
use bursar_http::problem::ProblemBody;
use bursar_identity::keys::Freshness;
use bursar_store::rates::{self, Allowed, Rate};
use serde::{Deserialize, Serialize};

use super::{Report, Scope, run_in};
use crate::Spend;
use crate::context::store_problem;
use crate::requests::api::{caller, optional_json};

/// How far back to compare.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReconcileBody {
    /// From there on (RFC 3339); a week, and further where an open case is older, when absent.
    pub since: Option<String>,
}

/// One difference.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DifferenceBody {
    /// What kind of case it is.
    pub kind: String,
    /// What differs.
    pub what: String,
    /// The payment, where it is one.
    pub transaction_id: Option<String>,
    /// Stripe's id, where it has one.
    pub reference: Option<String>,
    /// What the ledger says.
    pub ours: String,
    /// What Stripe says.
    pub theirs: String,
}

/// What came of a comparison.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReportBody {
    /// How many payments with an open outcome were asked about.
    pub asked: usize,
    /// How many payments of the Stripe account were looked at.
    pub compared: u64,
    /// How many sums were booked that Stripe had and the ledger had not.
    pub booked: usize,
    /// What differs all the same; each is a case.
    pub differences: Vec<DifferenceBody>,
    /// What could not be asked.
    pub problems: Vec<String>,
    /// Cases that were opened.
    pub cases_opened: Vec<String>,
    /// Cases whose difference is gone.
    pub cases_closed: Vec<String>,
}

impl From<Report> for ReportBody {
    fn from(report: Report) -> ReportBody {
        let difference = |found: super::Difference| DifferenceBody {
            kind: found.kind.as_str().to_owned(),
            what: found.what,
            transaction_id: found.transaction_id.map(|id| id.to_string()),
            reference: found.reference,
            ours: found.ours,
            theirs: found.theirs,
        };
        ReportBody {
            asked: report.asked.len(),
            compared: report.compared,
            booked: report.booked.len() + report.checkouts.len(),
            differences: report.differences.into_iter().map(difference).collect(),
            problems: report.problems,
            cases_opened: report.cases_opened.iter().map(ToString::to_string).collect(),
            cases_closed: report.cases_closed.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Compare the org's books with Stripe's now, instead of tomorrow. A few times an hour.
#[utoipa::path(post, path = "/dashboard/reconcile", tag = "dashboard",
    request_body(content = Option<ReconcileBody>, content_type = "application/json"),
    responses((status = 200, body = ReportBody),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "Compared too often; see `Retry-After`")))]
pub async fn reconcile(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<ReportBody>, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let body: ReconcileBody = optional_json(&parts.headers, &body)?;
    let since = body.since.map(|text| {
        TimeUs::parse_rfc3339(&text)
            .ok_or_else(|| Problem::field("since", "an RFC 3339 time such as 2026-11-20T00:00:00Z"))
    });
    let since = since.transpose()?;
    let mut org = spend.lock_for(&caller).await?;
    let rate = Rate { count: limits::RECONCILES_PER_HOUR, within: Duration::from_secs(60 * 60) };
    let (name, now) = (caller.org_id.as_str(), org.now);
    let allowed = rates::take(&mut org.tx, "reconcile", name, &[rate], now).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    if let Allowed::After(wait) = allowed {
        let detail =
            format!("at most {} an hour; the books are compared daily too", limits::RECONCILES_PER_HOUR);
        return Err(Problem::rate_limited(detail, wait));
    }
    let scope = Scope { org: Some(caller.org_id) };
    let report = run_in(&spend, &scope, since, &mut |_| {}).await.map_err(store_problem)?;
    Ok(Json(report.into()))
}
