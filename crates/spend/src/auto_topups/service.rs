//! Rules, and beginning what they want.

use bursar_base::{AgentId, Money, OrgId, PaymentMethodId, TimeUs};
use bursar_http::Problem;
use bursar_identity::OrgTx;
use bursar_identity::orgs::service as orgs;
use bursar_money::budgets;
use bursar_money::holds::{WindowKind, calendar_start, next_start};
use bursar_money::ledger::AccountId;
use bursar_money::policies::AgentState;
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, StoreError, Tx};
use http::StatusCode;
use jiff::tz::TimeZone;
use serde_json::json;

use super::{ACTOR, AutoTopup, charge, from_row, sql};
use crate::Spend;
use crate::checkouts::service::{self as checkouts, NewAutomatic};
use crate::context::store_problem;
use crate::mails::{About, service as mails};
use crate::payment_methods::{PaymentMethod, service as payment_methods};

/// How many wallets are looked at at once.
const DUE_MAX: u32 = 50;
/// Why a rule waits whose payment method cannot be charged any more.
const NOT_CHARGEABLE: &str = "payment_method_not_chargeable";

/// The rule of a wallet.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, wallet: &AccountId) -> Result<Option<AutoTopup>, StoreError> {
    tx.row(sql::FIND, &[wallet.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

/// The wallet that a rule is about: the org's, or the agent's own.
///
/// # Errors
/// 422 `no_own_wallet`, 503.
pub async fn wallet_of(tx: &mut Tx, org_id: &OrgId, agent: Option<&AgentId>) -> Result<AccountId, Problem> {
    let Some(agent) = agent else { return Ok(AccountId::wallet(org_id.as_str())) };
    let budget = budgets::find(tx, agent).await.map_err(store_problem)?;
    let own = AccountId::wallet(agent.as_str());
    if budget.is_some_and(|budget| budget.wallet == own) {
        return Ok(own);
    }
    let detail = "this agent draws on the org's wallet: leave agent_id out";
    Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no_own_wallet", detail))
}

/// What an owner says of a rule.
#[derive(Debug, Clone)]
pub struct NewRule {
    /// Below which the wallet is filled.
    pub floor: Money,
    /// How much is put in.
    pub amount: Money,
    /// The most within a month.
    pub monthly_cap: Money,
    /// What is charged; the only one that top-ups may charge, when absent.
    pub payment_method_id: Option<PaymentMethodId>,
}

/// The rule that an owner wants, checked against what there is.
///
/// # Errors
/// 400 naming the field, 422 `no_payment_method`, 503.
pub async fn wanted(
    org: &mut OrgTx,
    org_id: &OrgId,
    agent_id: Option<&AgentId>,
    new: &NewRule,
) -> Result<AutoTopup, Problem> {
    let wallet = wallet_of(&mut org.tx, org_id, agent_id).await?;
    let methods = payment_methods::list(&mut org.tx, org_id).await.map_err(store_problem)?;
    let usable: Vec<&PaymentMethod> =
        methods.iter().filter(|m| m.chargeable_for_topups(org.now).is_some()).collect();
    let method = match (&new.payment_method_id, usable.as_slice()) {
        (Some(id), usable) => usable.iter().find(|m| m.id == *id).ok_or_else(|| {
            let what = "a payment method of this org that can be charged and is `for_topups`";
            Problem::field("payment_method_id", what)
        })?,
        (None, [only]) => only,
        (None, []) => {
            let detail = "no payment method may be charged by top-ups: save one, and set its `for_topups`";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no_payment_method", detail));
        }
        (None, _) => {
            let what = "say which: several payment methods may be charged by top-ups";
            return Err(Problem::field("payment_method_id", what));
        }
    };
    Ok(AutoTopup {
        wallet,
        org_id: org_id.clone(),
        agent_id: agent_id.cloned(),
        floor_micros: new.floor.micros,
        amount_micros: new.amount.micros,
        monthly_cap_micros: new.monthly_cap.micros,
        currency: new.amount.currency,
        payment_method_id: method.id.clone(),
        paused_reason: None,
        wait_until: TimeUs(0),
        created: org.now,
        updated: org.now,
    })
}

/// Puts a rule in force; one that was paused or waited begins anew.
///
/// # Errors
/// [`StoreError`].
pub async fn set(org: &mut OrgTx, rule: &AutoTopup, actor: &str) -> Result<(), StoreError> {
    let args = [
        rule.wallet.as_str().into(),
        rule.org_id.as_str().into(),
        rule.agent_id.as_ref().map(AgentId::as_str).into(),
        rule.floor_micros.into(),
        rule.amount_micros.into(),
        rule.monthly_cap_micros.into(),
        rule.currency.as_str().into(),
        rule.payment_method_id.as_str().into(),
        org.now.into(),
    ];
    org.tx.execute(sql::SET, &args).await?;
    let decimal = |micros| Money { micros, currency: rule.currency }.decimal();
    let detail = json!({ "wallet": rule.wallet.as_str(), "floor": decimal(rule.floor_micros),
        "monthly_cap": decimal(rule.monthly_cap_micros), "payment_method_id": rule.payment_method_id });
    org.record(about(rule, "auto_topup.set", actor, &detail)).await
}

/// Takes a rule away. What is under way goes on.
///
/// # Errors
/// [`StoreError`].
pub async fn remove(org: &mut OrgTx, rule: &AutoTopup, actor: &str) -> Result<(), StoreError> {
    org.tx.execute(sql::DELETE, &[rule.wallet.as_str().into()]).await?;
    let detail = json!({ "wallet": rule.wallet.as_str() });
    org.record(about(rule, "auto_topup.removed", actor, &detail)).await
}

fn about(rule: &AutoTopup, action: &'static str, actor: &str, detail: &serde_json::Value) -> NewEvent {
    let mut event = NewEvent::new(action, actor, detail);
    event.amount = Some(rule.amount());
    event.agent_id.clone_from(&rule.agent_id);
    event
}

/// Has a rule wait for an owner. `false` when it does so already.
async fn pause(org: &mut OrgTx, rule: &AutoTopup, reason: &str, actor: &str) -> Result<bool, StoreError> {
    let args = [rule.wallet.as_str().into(), reason.into(), org.now.into()];
    if org.tx.execute(sql::PAUSE, &args).await? == 0 {
        return Ok(false);
    }
    let detail = json!({ "wallet": rule.wallet.as_str(), "reason": reason });
    org.record(about(rule, "auto_topup.paused", actor, &detail)).await?;
    Ok(true)
}

/// Pauses the rules that charge a payment method which may no longer be charged. Its own mail tells owners.
///
/// # Errors
/// [`StoreError`].
pub async fn pause_those_of(org: &mut OrgTx, m: &PaymentMethod, actor: &str) -> Result<(), StoreError> {
    let rows = org.tx.rows(sql::OF_METHOD, &[m.id.as_str().into()]).await?;
    for row in &rows {
        pause(org, &from_row(row)?, NOT_CHARGEABLE, actor).await?;
    }
    Ok(())
}

/// Pauses a wallet's rule because of what came back; owners get one mail.
///
/// # Errors
/// [`StoreError`].
pub async fn give_up(
    spend: &Spend,
    org: &mut OrgTx,
    rule: &AutoTopup,
    reason: &str,
    topup_id: Option<&str>,
) -> Result<(), StoreError> {
    if !pause(org, rule, reason, ACTOR).await? {
        return Ok(());
    }
    let about = About::AutoTopupPaused {
        agent_id: rule.agent_id.clone(),
        amount: rule.amount().decimal(),
        currency: rule.currency.to_string(),
        topup_id: topup_id.map(str::to_owned),
        reason: reason.to_owned(),
        at: org.now,
    };
    let event_key = format!("{}:{}:{}", about.kind(), rule.wallet.as_str(), org.head.seq);
    mails::queue(spend, org, &rule.org_id, &about, &event_key).await
}

/// The month that `now` lies in by the org's calendar: what was put into a wallet since its start, and its end.
///
/// # Errors
/// [`StoreError`].
pub async fn this_month(
    tx: &mut Tx,
    org_id: &OrgId,
    wallet: &AccountId,
    now: TimeUs,
) -> Result<(i64, TimeUs), StoreError> {
    let org =
        orgs::find(tx, org_id).await?.ok_or_else(|| StoreError::Damaged("an org is gone".to_owned()))?;
    let zone = TimeZone::get(&org.time_zone)
        .map_err(|_| StoreError::Damaged(format!("orgs.time_zone: {:?}", org.time_zone)))?;
    let start = calendar_start(WindowKind::Month, now, &zone);
    let spent = checkouts::automatic_since(tx, wallet, start).await?;
    Ok((spent, next_start(WindowKind::Month, now, &zone)))
}

/// Begins a top-up for every wallet that is below its floor. Whether there may be more.
///
/// # Errors
/// [`StoreError`].
pub async fn look(spend: &Spend) -> Result<bool, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let rows = tx.rows(sql::DUE, &[spend.now().into(), i64::from(DUE_MAX).into()]).await?;
    drop(tx);
    let mut begun = false;
    for row in &rows {
        let (wallet, org_id) = (row.text("wallet")?, OrgId::from_store(&row.text("org_id")?));
        begun |= begin(spend, &org_id, &AccountId(wallet.into())).await?;
    }
    if begun {
        spend.funnel.wake_workers();
    }
    Ok(begun)
}

/// Begins a top-up of a wallet where its rule wants one now: a record, which a job then charges. What was read before the
/// org's lock is read again.
async fn begin(spend: &Spend, org_id: &OrgId, wallet: &AccountId) -> Result<bool, StoreError> {
    let mut org = spend.identity.lock(org_id).await?;
    let Some(rule) = find(&mut org.tx, wallet).await? else { return Ok(false) };
    let available = budgets::wallet(&mut org.tx, wallet).await?.map_or(0, |account| account.available());
    let is_busy = checkouts::automatic_open(&mut org.tx, wallet).await?.is_some();
    if is_busy || !rule.wants(available, org.now) || !is_alive(&mut org.tx, &rule).await? {
        return Ok(false);
    }
    let (spent, month_ends) = this_month(&mut org.tx, org_id, wallet, org.now).await?;
    if !rule.fits(spent) {
        org.tx.execute(sql::WAIT, &[wallet.as_str().into(), month_ends.into()]).await?;
        org.commit().await?;
        return Ok(false);
    }
    let m = payment_methods::find(&mut org.tx, &rule.payment_method_id).await?;
    let m = m.filter(|m| m.chargeable_for_topups(org.now).is_some());
    let Some((customer, saved)) = m.and_then(|m| Some((m.customer, m.saved?))) else {
        give_up(spend, &mut org, &rule, NOT_CHARGEABLE, None).await?;
        org.commit().await?;
        return Ok(true);
    };
    let new = NewAutomatic {
        agent_id: rule.agent_id.clone(),
        wallet: wallet.clone(),
        amount: rule.amount(),
        payment_method_id: rule.payment_method_id.clone(),
        customer,
        method: saved.method,
    };
    let id = checkouts::make_automatic(spend, &mut org, org_id, new).await?;
    let now = org.now;
    charge::look_at(spend, &mut org, org_id, &id, now).await?;
    org.commit().await?;
    tracing::info!(topup = id, wallet = wallet.as_str(), "a wallet is below its floor, and is filled");
    Ok(true)
}

/// Whether nobody stopped the org, nor the agent whose own wallet it is; an org's wallet has none.
///
/// # Errors
/// [`StoreError`].
pub async fn is_alive(tx: &mut Tx, rule: &AutoTopup) -> Result<bool, StoreError> {
    if tx.row(sql::FROZEN_ORG, &[rule.org_id.as_str().into()]).await?.is_some() {
        return Ok(false);
    }
    match &rule.agent_id {
        None => Ok(true),
        Some(agent) => {
            let budget = budgets::find(tx, agent).await?;
            Ok(budget.is_some_and(|budget| budget.state == AgentState::Active))
        }
    }
}
