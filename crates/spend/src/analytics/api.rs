//! Sums over HTTP, for members.

use axum::Json;
use axum::extract::{OriginalUri, Query, Request, State};
use bursar_base::{AgentId, TimeUs, limits, money};
use bursar_http::Problem;
use bursar_identity::keys::Freshness;
use bursar_identity::orgs::service as orgs;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::service::{self, By, Sum, Wanted};
use crate::Spend;
use crate::context::store_problem;
use crate::requests::api::{caller, query_of};

/// Query of sums.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AnalyticsQuery {
    /// `day`, `agent`, `merchant`, `category` or `rail`; `day` when absent.
    pub by: Option<String>,
    /// The first day, in the org's time zone, such as `2026-11-01`; 30 days ago when absent.
    pub from: Option<String>,
    /// The last day; today when absent.
    pub until: Option<String>,
    /// Only this agent's.
    pub agent: Option<String>,
}

/// One sum.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SumBody {
    /// The day (`2026-11-20`), the agent's id, the merchant, the category (empty where there is none) or the rail.
    pub key: String,
    /// The agent's name, or the merchant as it was written; otherwise as `key`.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// How many payments; absent by day.
    pub payments: Option<i64>,
    /// What left.
    pub spent: String,
    /// What of it came back; absent by day.
    pub refunded: Option<String>,
}

/// What was spent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AnalyticsBody {
    /// As asked for.
    pub by: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
    /// The org's time zone.
    pub time_zone: String,
    /// The greatest first; days in their order, those on which something was spent. At most a thousand.
    pub data: Vec<SumBody>,
}

/// What was spent, added up.
///
/// Only what left counts. By day it is what the agents' windows counted: on the day on which it was asked for, or on which a
/// card was charged; otherwise what was asked for on those days. Days are those of the org's time zone.
#[utoipa::path(get, path = "/dashboard/analytics", tag = "dashboard", params(AnalyticsQuery),
    responses((status = 200, body = AnalyticsBody)))]
pub async fn analytics(
    State(spend): State<Spend>,
    query: Result<Query<AnalyticsQuery>, axum::extract::rejection::QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<AnalyticsBody>, Problem> {
    let query = query_of(query)?;
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let all = || By::ALL.map(|by| format!("`{}`", by.as_str())).join(", ");
    let by = query.by.as_deref().map_or(Some(By::Day), By::parse);
    let by = by.ok_or_else(|| Problem::field("by", format!("one of {}", all())))?;
    let agent = query.agent.map(|text| AgentId::parse(&text));
    let agent = agent.transpose().map_err(|_| Problem::field("agent", "an agent's id, such as agt_…"))?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let org = orgs::find(&mut tx, &caller.org_id).await.map_err(store_problem)?;
    let org = org.ok_or_else(|| Problem::not_found("org"))?;
    let zone = TimeZone::get(&org.time_zone).unwrap_or(TimeZone::UTC);
    let today = spend.now().to_jiff().to_zoned(zone.clone()).date();
    let until = day("until", query.until)?.unwrap_or(today);
    let earlier = jiff::Span::new().days(limits::ANALYTICS_DAYS - 1);
    let from = day("from", query.from)?.unwrap_or_else(|| until.saturating_sub(earlier));
    if from > until {
        return Err(Problem::field("from", "not after `until`"));
    }
    let wanted = Wanted {
        by,
        from: starts(from, &zone)?,
        until: starts(until.saturating_add(jiff::Span::new().days(1)), &zone)?,
        agent: agent.as_ref().map(AgentId::as_str),
        limit: limits::ANALYTICS_SUMS_MAX,
    };
    let sums = service::read(&mut tx, &caller.org_id, wanted).await.map_err(store_problem)?;
    let data = sums.into_iter().map(|sum| body(by, sum, &zone)).collect();
    let (from, until) = (from.to_string(), until.to_string());
    Ok(Json(AnalyticsBody { by: by.as_str().to_owned(), from, until, time_zone: org.time_zone, data }))
}

fn day(name: &'static str, text: Option<String>) -> Result<Option<Date>, Problem> {
    let read = |text: String| text.parse().map_err(|_| Problem::field(name, "a day such as 2026-11-20"));
    text.map(read).transpose()
}

/// The first moment of a day.
fn starts(day: Date, zone: &TimeZone) -> Result<TimeUs, Problem> {
    let start = day.to_zoned(zone.clone());
    start
        .map(|start| TimeUs::from_jiff(start.timestamp()))
        .map_err(|_| Problem::field("from", "a day that this calendar has"))
}

fn body(by: By, sum: Sum, zone: &TimeZone) -> SumBody {
    let key = match (by, sum.key.parse()) {
        (By::Day, Ok(micros)) => TimeUs(micros).to_jiff().to_zoned(zone.clone()).date().to_string(),
        (By::Day | By::Agent | By::Merchant | By::Category | By::Rail, _) => sum.key,
    };
    SumBody {
        name: if sum.name.is_empty() { key.clone() } else { sum.name },
        key,
        currency: sum.currency.to_string(),
        payments: sum.payments,
        spent: money::decimal(sum.posted),
        refunded: sum.refunded.map(money::decimal),
    }
}
