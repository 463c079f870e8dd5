//! What a member gets, and when a wallet is low.

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use bursar_base::{AgentId, money};
use bursar_http::{Problem, parse_json};
use bursar_identity::keys::Freshness;
use bursar_identity::members::Member;
use serde::{Deserialize, Serialize};

use super::{Choice, service};
use crate::Spend;
use crate::context::store_problem;
use crate::requests::api::caller;

/// Which mails an owner gets. Those about safety are not among them: they always come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NotificationsBody {
    /// Each morning, what happened the day before.
    pub activity: bool,
    /// On Monday morning, what happened the week before.
    pub weekly_summary: bool,
    /// A wallet holds less than it should, or nothing.
    pub balance_low: bool,
    /// 80 % of a limit are used.
    pub limit_near: bool,
    /// Five payments of an agent were declined in a row.
    pub declines: bool,
}

/// Which mails an owner wants. What is left out stays as it is.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationsChange {
    /// See `NotificationsBody`.
    pub activity: Option<bool>,
    /// See `NotificationsBody`.
    pub weekly_summary: Option<bool>,
    /// See `NotificationsBody`.
    pub balance_low: Option<bool>,
    /// See `NotificationsBody`.
    pub limit_near: Option<bool>,
    /// See `NotificationsBody`.
    pub declines: Option<bool>,
}

impl NotificationsChange {
    fn wanted(self) -> Vec<(Choice, bool)> {
        let all = [
            (Choice::Activity, self.activity),
            (Choice::WeeklySummary, self.weekly_summary),
            (Choice::BalanceLow, self.balance_low),
            (Choice::LimitNear, self.limit_near),
            (Choice::Declines, self.declines),
        ];
        all.into_iter().filter_map(|(choice, on)| on.map(|on| (choice, on))).collect()
    }
}

async fn body_of(spend: &Spend, member: &Member) -> Result<Json<NotificationsBody>, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let all = service::choices(&mut tx, &member.id).await.map_err(store_problem)?;
    let on = |choice: Choice| all.get(choice.as_str()).copied().unwrap_or(choice.is_on_by_default());
    Ok(Json(NotificationsBody {
        activity: on(Choice::Activity),
        weekly_summary: on(Choice::WeeklySummary),
        balance_low: on(Choice::BalanceLow),
        limit_near: on(Choice::LimitNear),
        declines: on(Choice::Declines),
    }))
}

/// Which mails you get about this org.
#[utoipa::path(get, path = "/dashboard/members/me/notifications", tag = "dashboard",
    responses((status = 200, body = NotificationsBody)))]
pub async fn get_choices(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<NotificationsBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let member = spend.member_of(&caller).await?;
    body_of(&spend, &member).await
}

/// Turn mails on or off.
#[utoipa::path(put, path = "/dashboard/members/me/notifications", tag = "dashboard",
    request_body = NotificationsChange, responses((status = 200, body = NotificationsBody)))]
pub async fn put_choices(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<NotificationsBody>, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let change: NotificationsChange = parse_json(&parts.headers, &body)?;
    let member = spend.member_of(&caller).await?;
    let mut org = spend.lock_for(&caller).await?;
    let (org_id, actor) = (&caller.org_id, caller.actor());
    let chosen = service::choose(&mut org, org_id, &member.id, &change.wanted(), &actor).await;
    chosen.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    body_of(&spend, &member).await
}

/// A wallet, and below which sum owners are told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AlertBody {
    /// Whose own wallet it is; the org's, when `null`.
    pub agent_id: Option<String>,
    /// Below it owners get a mail, once until the wallet was above it again.
    pub below: Option<String>,
}

/// The wallets about which owners are told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AlertsBody {
    /// One for each.
    pub data: Vec<AlertBody>,
}

/// Below which sum owners are told of a wallet.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAlert {
    /// An agent's own wallet; the org's, when left out.
    pub agent_id: Option<String>,
    /// A decimal; `null`, or left out, for no such mail.
    pub below: Option<String>,
}

/// The wallets about which owners are told when they run low. Of one that is empty they are told in any case.
#[utoipa::path(get, path = "/dashboard/wallet/alerts", tag = "dashboard",
    responses((status = 200, body = AlertsBody)))]
pub async fn get_alerts(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<AlertsBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let alerts = service::alerts(&mut tx, &caller.org_id).await.map_err(store_problem)?;
    let body = |(wallet, below): &(bursar_money::ledger::AccountId, i64)| {
        let owner = wallet.as_str().trim_start_matches("wallet:");
        let agent_id = (owner != caller.org_id.as_str()).then(|| owner.to_owned());
        AlertBody { agent_id, below: Some(money::decimal(*below)) }
    };
    Ok(Json(AlertsBody { data: alerts.iter().map(body).collect() }))
}

/// Set below which sum owners are told of a wallet.
#[utoipa::path(put, path = "/dashboard/wallet/alerts", tag = "dashboard", request_body = NewAlert,
    responses((status = 200, body = AlertBody)))]
pub async fn put_alert(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<AlertBody>, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let new: NewAlert = parse_json(&parts.headers, &body)?;
    let agent = new.agent_id.as_deref().map(AgentId::parse).transpose();
    let agent = agent.map_err(|error| Problem::field("agent_id", error.to_string()))?;
    let below = new.below.as_deref().map(micros_of).transpose()?;
    let mut org = spend.lock_for(&caller).await?;
    let wallet = service::wallet_of(&mut org.tx, &caller.org_id, agent.as_ref()).await;
    let wallet = wallet.map_err(store_problem)?;
    let wallet = wallet.ok_or_else(|| Problem::field("agent_id", "no agent with a wallet of its own"))?;
    let set = service::set_alert(&mut org, &caller.org_id, &wallet, below, &caller.actor()).await;
    set.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    let below = below.map(money::decimal);
    Ok(Json(AlertBody { agent_id: agent.map(|agent| agent.to_string()), below }))
}

/// A sum below which owners are told, in micros.
///
/// # Errors
/// 400.
pub fn micros_of(text: &str) -> Result<i64, Problem> {
    let micros = money::parse_micros(text).map_err(|error| Problem::field("below", error.to_string()))?;
    if micros <= 0 || micros > bursar_base::limits::MAX_AMOUNT_MICROS {
        return Err(Problem::field("below", "greater than zero, and no more than a payment may be"));
    }
    Ok(micros)
}
