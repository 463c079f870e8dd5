//! Automatic top-ups over HTTP.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{OriginalUri, Query, Request, State};
use bursar_base::{AgentId, Currency, Money, OrgId, PaymentMethodId, TimeUs, limits};
use bursar_http::problem::ProblemBody;
use bursar_http::{Problem, parse_json};
use bursar_identity::keys::{Caller, Freshness};
use bursar_identity::orgs::service as orgs;
use bursar_store::Tx;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::AutoTopup;
use super::service::{self, NewRule, find, wallet_of};
use crate::Spend;
use crate::checkouts::service::{self as checkouts, check_amount, stripe_of};
use crate::context::store_problem;
use crate::requests::api::{caller, query_of};

/// Which wallet.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WalletQuery {
    /// This agent's own; the org's when absent.
    pub agent_id: Option<String>,
}

/// By which rule a wallet is filled by itself.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleBody {
    /// The wallet is filled when less than this can be spent from it.
    #[schema(example = "20.00")]
    pub floor: String,
    /// How much is put in.
    #[schema(example = "50.00")]
    pub amount: String,
    /// The most that is put in within a calendar month of the org's time zone.
    #[schema(example = "500.00")]
    pub monthly_cap: String,
    /// What is charged; may be left out where one payment method alone is `for_topups`.
    pub payment_method_id: Option<String>,
}

/// A rule, and where it stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AutoTopupBody {
    /// `active`; `waiting` (nothing is left of this month); `paused` (an owner has to set it again).
    pub status: String,
    /// Why it is paused: a code of Stripe's or of the bank's, or `payment_method_not_chargeable`.
    pub paused_reason: Option<String>,
    /// The agent whose own wallet it is; absent for the org's.
    pub agent_id: Option<String>,
    /// The wallet is filled when less than this can be spent from it.
    pub floor: String,
    /// How much is put in.
    pub amount: String,
    /// The most within a calendar month.
    pub monthly_cap: String,
    /// What was put in this month, or is under way.
    pub used_this_month: String,
    /// When the next month begins.
    #[schema(value_type = String, format = DateTime)]
    pub month_ends_at: TimeUs,
    /// Of what.
    pub currency: String,
    /// What is charged.
    pub payment_method_id: String,
    /// The top-up that is under way.
    pub open_topup_id: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: TimeUs,
}

/// A rule as it stands at `now`.
///
/// # Errors
/// 503.
pub async fn body(tx: &mut Tx, rule: &AutoTopup, now: TimeUs) -> Result<AutoTopupBody, Problem> {
    let month = service::this_month(tx, &rule.org_id, &rule.wallet, now).await.map_err(store_problem)?;
    let open = checkouts::automatic_open(tx, &rule.wallet).await.map_err(store_problem)?;
    let decimal = |micros| Money { micros, currency: rule.currency }.decimal();
    let status = match &rule.paused_reason {
        Some(_) => "paused",
        None if now < rule.wait_until => "waiting",
        None => "active",
    };
    Ok(AutoTopupBody {
        status: status.to_owned(),
        paused_reason: rule.paused_reason.clone(),
        agent_id: rule.agent_id.as_ref().map(ToString::to_string),
        floor: decimal(rule.floor_micros),
        amount: decimal(rule.amount_micros),
        monthly_cap: decimal(rule.monthly_cap_micros),
        used_this_month: decimal(month.0),
        month_ends_at: month.1,
        currency: rule.currency.to_string(),
        payment_method_id: rule.payment_method_id.to_string(),
        open_topup_id: open.map(|c| c.id),
        created_at: rule.created,
        updated_at: rule.updated,
    })
}

/// The agent that a query names, of the caller's org.
async fn agent_of(spend: &Spend, caller: &Caller, query: WalletQuery) -> Result<Option<AgentId>, Problem> {
    let Some(text) = query.agent_id else { return Ok(None) };
    let id = AgentId::parse(&text).map_err(|error| Problem::field("agent_id", error.to_string()))?;
    let found = spend.agent_of(&caller.org_id, &id).await;
    let missing = |problem: Problem| match problem.status {
        StatusCode::NOT_FOUND => Problem::field("agent_id", "there is no such agent"),
        _ => problem,
    };
    Ok(Some(found.map_err(missing)?.id))
}

fn no_rule() -> Problem {
    Problem::not_found("automatic top-up of this wallet")
}

/// A wallet's automatic top-up.
#[utoipa::path(get, path = "/dashboard/wallet/auto-topup", tag = "dashboard", params(WalletQuery),
    responses((status = 200, body = AutoTopupBody), (status = 404, body = ProblemBody,
        content_type = "application/problem+json", description = "This wallet has none")))]
pub async fn get(
    State(spend): State<Spend>,
    query: Result<Query<WalletQuery>, QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<AutoTopupBody>, Problem> {
    let query = query_of(query)?;
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let agent = agent_of(&spend, &caller, query).await?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let now = tx.now(&*spend.identity.clock).await.map_err(store_problem)?;
    let wallet = wallet_of(&mut tx, &caller.org_id, agent.as_ref()).await;
    let wallet =
        wallet.map_err(|problem| if problem.code == "no_own_wallet" { no_rule() } else { problem })?;
    let rule = find(&mut tx, &wallet).await.map_err(store_problem)?.ok_or_else(no_rule)?;
    Ok(Json(body(&mut tx, &rule, now).await?))
}

fn sum(field: &'static str, text: &str, currency: Currency) -> Result<Money, Problem> {
    let money = Money::parse(text, currency).map_err(|error| Problem::field(field, error.to_string()))?;
    if money.micros <= 0 || money.micros > limits::MAX_AMOUNT_MICROS {
        return Err(Problem::field(field, "an amount greater than zero, such as \"20.00\""));
    }
    Ok(money)
}

/// Reads what an owner says of a rule.
///
/// # Errors
/// 400 naming the field.
pub fn rule_of(body: &RuleBody, currency: Currency) -> Result<NewRule, Problem> {
    let amount = sum("amount", &body.amount, currency)?;
    check_amount("amount", amount)?;
    let monthly_cap = sum("monthly_cap", &body.monthly_cap, currency)?;
    if monthly_cap.micros < amount.micros {
        return Err(Problem::field("monthly_cap", "at least as much as `amount`"));
    }
    let id = body.payment_method_id.as_deref().map(PaymentMethodId::parse).transpose();
    let id = id.map_err(|error| Problem::field("payment_method_id", error.to_string()))?;
    let floor = sum("floor", &body.floor, currency)?;
    Ok(NewRule { floor, amount, monthly_cap, payment_method_id: id })
}

/// The currency of an org's wallets.
///
/// # Errors
/// 404, 503.
async fn currency_of(spend: &Spend, org_id: &OrgId) -> Result<Currency, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let org = orgs::find(&mut tx, org_id).await.map_err(store_problem)?;
    Ok(org.ok_or_else(|| Problem::not_found("org"))?.currency)
}

/// Have a wallet filled from a saved payment method when it falls below a floor. Setting it again lets one that was paused
/// go on.
#[utoipa::path(put, path = "/dashboard/wallet/auto-topup", tag = "dashboard", params(WalletQuery), request_body = RuleBody,
    responses((status = 200, body = AutoTopupBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`no_stripe`: no Stripe key for this org's mode")))]
pub async fn put(
    State(spend): State<Spend>,
    query: Result<Query<WalletQuery>, QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<AutoTopupBody>, Problem> {
    let query = query_of(query)?;
    let (caller, parts, bytes) = caller(&spend, uri, request, Freshness::Now).await?;
    let wanted: RuleBody = parse_json(&parts.headers, &bytes)?;
    let agent = agent_of(&spend, &caller, query).await?;
    let new = rule_of(&wanted, currency_of(&spend, &caller.org_id).await?)?;
    stripe_of(&spend, &caller.org_id).await?;
    let mut org = spend.lock_for(&caller).await?;
    let rule = service::wanted(&mut org, &caller.org_id, agent.as_ref(), &new).await?;
    let before = find(&mut org.tx, &rule.wallet).await.map_err(store_problem)?;
    if rule.raises(before.as_ref()) {
        caller.may_raise_limits()?;
    }
    service::set(&mut org, &rule, &caller.actor()).await.map_err(store_problem)?;
    let now = org.now;
    let set = find(&mut org.tx, &rule.wallet).await.map_err(store_problem)?.ok_or_else(no_rule)?;
    let body = body(&mut org.tx, &set, now).await?;
    org.commit().await.map_err(store_problem)?;
    Ok(Json(body))
}

/// No longer fill a wallet by itself. A top-up that Stripe was asked for goes on.
#[utoipa::path(delete, path = "/dashboard/wallet/auto-topup", tag = "dashboard", params(WalletQuery),
    responses((status = 204, description = "It is not filled by itself any more"), (status = 404, body = ProblemBody,
        content_type = "application/problem+json", description = "This wallet has none")))]
pub async fn delete(
    State(spend): State<Spend>,
    query: Result<Query<WalletQuery>, QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<StatusCode, Problem> {
    let query = query_of(query)?;
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let agent = agent_of(&spend, &caller, query).await?;
    let mut org = spend.lock_for(&caller).await?;
    let wallet = wallet_of(&mut org.tx, &caller.org_id, agent.as_ref()).await?;
    let rule = find(&mut org.tx, &wallet).await.map_err(store_problem)?.ok_or_else(no_rule)?;
    service::remove(&mut org, &rule, &caller.actor()).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    Ok(StatusCode::NO_CONTENT)
}
