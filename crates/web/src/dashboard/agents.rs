//! Who spends: the list, one agent, and what owners change about them.

use axum::response::Response;
use bursar_http::{PathText, Problem};
use bursar_pages::Words;
use bursar_pages::dashboard::answers::{Agent, Backtest, Created, Policy};
use bursar_pages::dashboard::{self as pages, AgentView, LIMITS, Place, Typed};
use http::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::escaped;
use super::shell::{Guest, status_of};
use crate::page::{answered, page, see_other};

#[derive(Deserialize)]
struct AgentsAnswer {
    data: Vec<Agent>,
}

pub(super) async fn agents_of(guest: &Guest) -> Result<Vec<Agent>, Problem> {
    Ok(guest.get::<AgentsAnswer>("/v1/dashboard/agents").await?.data)
}

async fn shown_agents(guest: &Guest, typed: &Typed, problem: Option<&Problem>) -> Result<Response, Problem> {
    let shell = guest.shell(Place::Agents, problem).await?;
    let agents = agents_of(guest).await?;
    Ok(page(status_of(problem), guest.language(), pages::agents(guest.language(), &shell, &agents, typed)))
}

/// Who spends.
pub(super) async fn list(guest: Guest) -> Response {
    answered(shown_agents(&guest, &Typed::default(), None).await, guest.language())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Deed {
    id: String,
    action: String,
    name: String,
    daily: String,
    approve_above: String,
}

/// Stops an agent, lets it go on, or makes one.
pub(super) async fn act(guest: Guest) -> Response {
    let form: Deed = guest.form();
    let typed = Typed { name: form.name, daily: form.daily, approve_above: form.approve_above };
    let done = match form.action.as_str() {
        "create" => create(&guest, &typed).await,
        deed => set_frozen(&guest, &form.id, deed != "unfreeze").await,
    };
    match done {
        Ok(response) => response,
        Err(problem) => answered(shown_agents(&guest, &typed, Some(&problem)).await, guest.language()),
    }
}

async fn set_frozen(guest: &Guest, id: &str, frozen: bool) -> Result<Response, Problem> {
    let deed = if frozen { "freeze" } else { "unfreeze" };
    let path = format!("/v1/dashboard/agents/{}/{deed}", escaped(id));
    guest.post::<IgnoredAny>(&path, &json!({ "reason": "on the dashboard" })).await?;
    Ok(see_other("/dashboard/agents"))
}

async fn create(guest: &Guest, typed: &Typed) -> Result<Response, Problem> {
    let mut limits = Map::new();
    for (name, text) in [("daily", &typed.daily), ("approve_above", &typed.approve_above)] {
        if !text.trim().is_empty() {
            limits.insert(name.to_owned(), Words::of(guest.language()).typed_amount(text).into());
        }
    }
    let body = json!({ "name": typed.name, "limits": limits });
    let created: Created = guest.post("/v1/dashboard/agents", &body).await?;
    let shell = guest.shell(Place::Agents, None).await?;
    let html = pages::agent_created(guest.language(), &shell, &typed.name, &created);
    Ok(page(StatusCode::OK, guest.language(), html))
}

/// What the page of one agent shows beside the agent itself.
#[derive(Default)]
struct Shown {
    typed: Option<[String; 4]>,
    tried: Option<Backtest>,
}

async fn shown(
    guest: &Guest,
    id: &str,
    shown: Shown,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let shell = guest.shell(Place::Agents, problem).await?;
    let agent = agents_of(guest).await?.into_iter().find(|agent| agent.agent_id == id);
    let agent = agent.ok_or_else(|| Problem::not_found("agent"))?;
    let policy: Policy = guest.get(&format!("/v1/dashboard/agents/{}/policy", escaped(id))).await?;
    let needs_passkey = problem.is_some_and(|problem| problem.code == "step_up_required");
    let view = AgentView { agent, policy, typed: shown.typed, needs_passkey, tried: shown.tried };
    Ok(page(status_of(problem), guest.language(), pages::agent(guest.language(), &shell, &view)))
}

/// One agent.
pub(super) async fn get(PathText(id): PathText, guest: Guest) -> Response {
    answered(shown(&guest, &id, Shown::default(), None).await, guest.language())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LimitsForm {
    action: String,
    version: String,
    per_transaction: String,
    daily: String,
    monthly: String,
    approve_above: String,
}

/// Puts other limits in force, or tries them on what was asked for already.
pub(super) async fn set(PathText(id): PathText, guest: Guest) -> Response {
    let form: LimitsForm = guest.form();
    let version = form.version.parse().ok();
    let typed = [form.per_transaction, form.daily, form.monthly, form.approve_above];
    let path = format!("/v1/dashboard/agents/{}/policy", escaped(&id));
    let answer = async {
        let current: Policy = guest.get(&path).await?;
        let draft = draft(&guest, current.policy, &typed);
        if form.action == "try" {
            return guest.post::<Backtest>(&format!("{path}/backtest"), &draft).await.map(Some);
        }
        guest.put::<IgnoredAny>(&path, &draft, version).await.map(|_| None)
    };
    let response = match answer.await {
        Ok(None) => Ok(see_other(&format!("/dashboard/agents/{}", escaped(&id)))),
        Ok(tried) => shown(&guest, &id, Shown { typed: Some(typed), tried }, None).await,
        Err(problem) => shown(&guest, &id, Shown { typed: Some(typed), tried: None }, Some(&problem)).await,
    };
    answered(response, guest.language())
}

/// The policy in force with the limits that were typed; an empty one is none.
fn draft(guest: &Guest, mut policy: Map<String, Value>, typed: &[String; 4]) -> Value {
    for ((name, _), text) in LIMITS.into_iter().zip(typed) {
        if text.trim().is_empty() {
            policy.remove(name);
        } else {
            policy.insert(name.to_owned(), Words::of(guest.language()).typed_amount(text).into());
        }
    }
    Value::Object(policy)
}
