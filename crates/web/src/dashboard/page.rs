//! The pages. Those that change something lead back to where it can be seen, or say what did not work.

use axum::response::Response;
use bursar_base::TimeUs;
use bursar_http::{PathText, Problem};
use bursar_pages::dashboard::answers::{Exposure, History, List, Sums, Transaction};
use bursar_pages::dashboard::{self as pages, Asked, Overview, Place, Transactions};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::agents::agents_of;
use super::shell::{Guest, status_of};
use crate::page::{answered, page, see_other};
use crate::problems::what_happened;

/// Declined payments on the overview.
const DECLINES_SHOWN: u32 = 6;

/// How things stand.
pub(super) async fn overview(guest: Guest) -> Response {
    let answer = async {
        let shell = guest.shell(Place::Overview, None).await?;
        let agents = agents_of(&guest).await?;
        let exposure: Option<Exposure> =
            if shell.is_owner { Some(guest.get("/v1/dashboard/exposure").await?) } else { None };
        let path = format!("/v1/dashboard/transactions?status=declined&limit={DECLINES_SHOWN}");
        let declines: List<Transaction> = guest.get(&path).await?;
        let days: Sums = guest.get("/v1/dashboard/analytics?by=day").await?;
        let view = Overview { at: guest.now(), agents, exposure, declines: declines.data, days };
        Ok(page(status_of(None), guest.language(), pages::overview(guest.language(), &shell, &view)))
    };
    answered(answer.await, guest.language())
}

async fn shown_approvals(guest: &Guest, problem: Option<&Problem>) -> Result<Response, Problem> {
    let shell = guest.shell(Place::Approvals, problem).await?;
    let waiting: List<Transaction> = guest.get("/v1/dashboard/approvals?limit=50").await?;
    let agents = agents_of(guest).await?;
    let html = pages::approvals(guest.language(), &shell, &waiting.data, &agents);
    Ok(page(status_of(problem), guest.language(), html))
}

/// What waits for a human.
pub(super) async fn approvals(guest: Guest) -> Response {
    answered(shown_approvals(&guest, None).await, guest.language())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Decision {
    id: String,
    decision: String,
}

/// A yes or a no.
pub(super) async fn decide(guest: Guest) -> Response {
    let form: Decision = guest.form();
    let deed = if form.decision == "approve" { "approve" } else { "decline" };
    let path = format!("/v1/dashboard/transactions/{}/{deed}", super::escaped(&form.id));
    match guest.post::<IgnoredAny>(&path, &json!({})).await {
        Ok(_) => see_other("/dashboard/approvals"),
        Err(problem) => answered(shown_approvals(&guest, Some(&problem)).await, guest.language()),
    }
}

/// What the list of payments is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ListForm {
    pub(super) agent: String,
    pub(super) status: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) cursor: String,
    /// Of a file.
    pub(super) format: String,
}

/// Every payment.
pub(super) async fn transactions(guest: Guest) -> Response {
    let form: ListForm = guest.query();
    let answer = async {
        let mut shell = guest.shell(Place::Transactions, None).await?;
        let agents = agents_of(&guest).await?;
        let wanted = wanted(&form, &shell.zone);
        let rows = match guest.get::<List<Transaction>>(&wanted).await {
            Ok(rows) => rows,
            // What the address asks for is not known: the page says so, and shows nothing.
            Err(problem) if problem.status.is_client_error() => {
                shell.problem = Some(what_happened(&problem, guest.language()));
                List { data: Vec::new(), next_cursor: None }
            }
            Err(problem) => return Err(problem),
        };
        let next = rows.next_cursor.as_deref().map(|cursor| here(LIST, &form, ("cursor", cursor)));
        let first = (!form.cursor.is_empty()).then(|| here(LIST, &form, ("cursor", "")));
        let files = ["csv", "json"].map(|format| here(FILE, &form, ("format", format)));
        let asked = Asked { agent: form.agent, status: form.status, from: form.from, until: form.until };
        let view = Transactions { asked, rows, agents, first, next, files };
        Ok(page(status_of(None), guest.language(), pages::transactions(guest.language(), &shell, &view)))
    };
    answered(answer.await, guest.language())
}

/// The API's path for what was asked for. Days are those of the org's zone, the last one included.
pub(super) fn wanted(form: &ListForm, zone: &str) -> String {
    let start = |day: &str, later: i64| {
        let day: Date = day.parse().ok()?;
        let begins = day.checked_add(later.days()).ok()?.in_tz(zone).ok()?;
        Some(TimeUs::from_jiff(begins.timestamp()).to_string())
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("agent", Some(form.agent.clone())),
        ("status", Some(form.status.clone())),
        ("from", start(&form.from, 0)),
        ("until", start(&form.until, 1)),
        ("cursor", Some(form.cursor.clone())),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            query.append_pair(name, &value);
        }
    }
    format!("/v1/dashboard/transactions?{}", query.finish())
}

/// Where the list is, and the same as a file.
const LIST: &str = "/dashboard/transactions";
const FILE: &str = "/dashboard/transactions/export";

/// The address of what is asked for, with one thing more.
fn here(path: &str, form: &ListForm, more: (&str, &str)) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let fields = [
        ("agent", &*form.agent),
        ("status", &form.status),
        ("from", &form.from),
        ("until", &form.until),
        more,
    ];
    for (name, value) in fields {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    format!("{path}?{}", query.finish())
}

/// The whole story of one payment.
pub(super) async fn transaction(PathText(id): PathText, guest: Guest) -> Response {
    let answer = async {
        let shell = guest.shell(Place::Transactions, None).await?;
        let id = super::escaped(&id);
        let t: Transaction = guest.get(&format!("/v1/transactions/{id}")).await?;
        let history: History = guest.get(&format!("/v1/dashboard/transactions/{id}/history")).await?;
        let agents = agents_of(&guest).await?;
        let html = pages::transaction(guest.language(), &shell, &t, &history, &agents);
        Ok(page(status_of(None), guest.language(), html))
    };
    answered(answer.await, guest.language())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SumsForm {
    by: String,
    from: String,
    until: String,
}

/// What was spent, added up.
pub(super) async fn analytics(guest: Guest) -> Response {
    let form: SumsForm = guest.query();
    let path = |by: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("by", by), ("from", &form.from), ("until", &form.until)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("/v1/dashboard/analytics?{}", query.finish())
    };
    let answer = async {
        let shell = guest.shell(Place::Analytics, None).await?;
        let sums: Sums = guest.get(&path(if form.by.is_empty() { "merchant" } else { &form.by })).await?;
        let days: Sums = guest.get(&path("day")).await?;
        Ok(page(status_of(None), guest.language(), pages::analytics(guest.language(), &shell, &sums, &days)))
    };
    answered(answer.await, guest.language())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Deed {
    action: String,
    reason: String,
}

async fn shown_stop(guest: &Guest, problem: Option<&Problem>) -> Result<Response, Problem> {
    let shell = guest.shell(Place::Stop, problem).await?;
    Ok(page(status_of(problem), guest.language(), pages::stop(guest.language(), &shell)))
}

/// The kill switch.
pub(super) async fn stop(guest: Guest) -> Response {
    answered(shown_stop(&guest, None).await, guest.language())
}

/// Presses it, or lets everything go on.
pub(super) async fn act_on_org(guest: Guest) -> Response {
    let form: Deed = guest.form();
    let deed = if form.action == "unfreeze" { "unfreeze" } else { "freeze" };
    match guest.post::<IgnoredAny>(&format!("/v1/dashboard/{deed}"), &json!({ "reason": form.reason })).await
    {
        Ok(_) => see_other("/dashboard"),
        Err(problem) => answered(shown_stop(&guest, Some(&problem)).await, guest.language()),
    }
}
