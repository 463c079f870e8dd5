//! Reading transactions back.

use std::collections::BTreeMap;

use bursar_base::{AgentId, CardId, Currency, KeyId, OrgId, PayeeId, TimeUs, TransactionId};
use bursar_store::{Columns, StoreError, Tx};
use serde::Serialize;

use super::{Status, Transaction, sql};
use crate::ledger::AccountId;
use crate::policies::{RailName, check};

/// Which transactions a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this agent's.
    pub agent: Option<AgentId>,
    /// Only in this status.
    pub status: Option<Status>,
    /// Not created before.
    pub from: Option<TimeUs>,
    /// Created before.
    pub until: Option<TimeUs>,
}

/// Where a list begins and how long it is.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// After this one, in the list's order (newest first).
    pub after: Option<TransactionId>,
    /// At most so many.
    pub limit: u32,
}

/// One transaction; the caller checks whose it is.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &TransactionId) -> Result<Option<Transaction>, StoreError> {
    tx.row(sql::FIND, &[id.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

/// A page of an org's transactions, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    tx: &mut Tx,
    org: &OrgId,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Transaction>, StoreError> {
    let status = filter.status.map_or("", Status::as_str);
    let from = filter.from.unwrap_or(TimeUs(i64::MIN));
    let until = filter.until.unwrap_or(TimeUs(i64::MAX));
    let limit = i64::from(page.limit);
    let rows = match &filter.agent {
        Some(agent) => {
            let before = match &page.after {
                None => i64::MAX,
                Some(after) => {
                    let row = tx.row(sql::NUMBER, &[after.as_str().into(), agent.as_str().into()]).await?;
                    row.map_or(Ok(0), |row| row.int("number"))?
                }
            };
            let args = [
                agent.as_str().into(),
                before.into(),
                status.into(),
                from.into(),
                until.into(),
                limit.into(),
            ];
            tx.rows(sql::LIST_AGENT, &args).await?
        }
        None => {
            let before = match &page.after {
                None => i64::MAX,
                Some(after) => {
                    let row = tx.row(sql::SEQ, &[after.as_str().into(), org.as_str().into()]).await?;
                    row.map_or(Ok(0), |row| row.int("seq"))?
                }
            };
            let args =
                [org.as_str().into(), before.into(), status.into(), from.into(), until.into(), limit.into()];
            tx.rows(sql::LIST, &args).await?
        }
    };
    let all = rows.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
    Ok(all.into_iter().filter(|t| t.org_id == *org).collect())
}

/// The transaction that a rail knows by this id of its own.
///
/// # Errors
/// [`StoreError`].
pub async fn by_reference(tx: &mut Tx, reference: &str) -> Result<Option<Transaction>, StoreError> {
    tx.row(sql::BY_REFERENCE, &[reference.into()]).await?.as_ref().map(from_row).transpose()
}

/// A page of the transactions of all orgs whose outcome is open: `executing` or `unknown`, oldest first, after `after`.
///
/// # Errors
/// [`StoreError`].
pub async fn unsettled(
    tx: &mut Tx,
    after: Option<&TransactionId>,
    limit: u32,
) -> Result<Vec<Transaction>, StoreError> {
    let after = after.map_or("", TransactionId::as_str);
    let rows = tx.rows(sql::UNSETTLED, &[after.into(), i64::from(limit).into()]).await?;
    rows.iter().map(from_row).collect()
}

/// A page of an org's transactions that wait for a human, oldest first, after `after`.
///
/// # Errors
/// [`StoreError`].
pub async fn pending(
    tx: &mut Tx,
    org: &OrgId,
    after: Option<&TransactionId>,
    limit: u32,
) -> Result<Vec<Transaction>, StoreError> {
    let after = after.map_or("", TransactionId::as_str);
    let args = [org.as_str().into(), after.into(), i64::from(limit).into()];
    tx.rows(sql::PENDING, &args).await?.iter().map(from_row).collect()
}

/// One refund, as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct RefundView {
    /// Its id.
    pub refund_id: String,
    /// How much.
    pub amount: String,
    /// `requested`, `completed` or `failed`.
    pub status: String,
    /// Who asked for it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When it was asked for.
    pub created_at: TimeUs,
    /// When the rail did it.
    pub completed_at: Option<TimeUs>,
}

/// What was given back of a transaction.
///
/// # Errors
/// [`StoreError`].
pub async fn refunds_of(tx: &mut Tx, id: &TransactionId) -> Result<Vec<RefundView>, StoreError> {
    let rows = tx.rows(sql::REFUNDS, &[id.as_str().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(RefundView {
                refund_id: row.text("id")?,
                amount: bursar_base::money::decimal(row.int("amount_micros")?),
                status: row.text("status")?,
                actor: row.text("actor")?,
                reason: row.text("reason")?,
                created_at: row.time("created_us")?,
                completed_at: row.opt_time("completed_us")?,
            })
        })
        .collect()
}

/// Reads a row of `transactions`.
pub(crate) fn from_row(row: &impl Columns) -> Result<Transaction, StoreError> {
    let damaged = |what: &str, text: &str| StoreError::Damaged(format!("transactions.{what}: {text:?}"));
    let (status, rail, currency) = (row.text("status")?, row.text("rail")?, row.text("currency")?);
    let rail = RailName::parse(&rail).ok_or_else(|| damaged("rail", &rail))?;
    let org_id = OrgId::from_store(&row.text("org_id")?);
    Ok(Transaction {
        id: TransactionId::from_store(&row.text("id")?),
        agent_id: AgentId::from_store(&row.text("agent_id")?),
        number: row.int("number")?,
        seq: row.int("seq")?,
        key_id: Some(row.text("key_id")?).filter(|id| !id.is_empty()).map(|id| KeyId::from_store(&id)),
        card_id: row.opt_text("card_id")?.map(|id| CardId::from_store(&id)),
        idempotency_key: row.text("idempotency_key")?,
        fingerprint: row.text("fingerprint")?,
        amount_micros: row.int("amount_micros")?,
        currency: Currency::parse(&currency).map_err(|_| damaged("currency", &currency))?,
        merchant: row.text("merchant")?,
        merchant_key: row.text("merchant_key")?,
        payee_id: row.opt_text("payee_id")?.map(|id| PayeeId::from_store(&id)),
        category: row.opt_text("category")?,
        claimed_category: row.opt_text("claimed_category")?,
        purpose: row.text("purpose")?,
        context: row.opt_text("context")?,
        rail,
        policy_version: row.int("policy_version")?,
        checks: check::from_json(&row.text("decision")?).map_err(|e| damaged("decision", &e.to_string()))?,
        debit: AccountId(row.text("debit_account")?.into()),
        credit: AccountId::rail(rail, &org_id),
        org_id,
        day_start: row.time("day_start_us")?,
        week_start: row.time("week_start_us")?,
        month_start: row.time("month_start_us")?,
        created: row.time("created_us")?,
        status: Status::parse(&status).ok_or_else(|| damaged("status", &status))?,
        reason: row.opt_text("reason")?,
        deadline: row.opt_time("deadline_us")?,
        held_micros: row.int("held_micros")?,
        posted_micros: row.int("posted_micros")?,
        refunded_micros: row.int("refunded_micros")?,
        disputed_micros: row.int("disputed_micros")?,
        attempt: row.opt_time("attempt_us")?,
        pay_with: row
            .opt_text("pay_with")?
            .map(|text| serde_json::from_str(&text).map_err(|e| damaged("pay_with", &e.to_string())))
            .transpose()?,
        rail_reference: row.opt_text("rail_reference")?,
        other_payments: row
            .opt_text("other_payments")?
            .map_or(Ok(BTreeMap::new()), |text| serde_json::from_str(&text))
            .map_err(|e| damaged("other_payments", &e.to_string()))?,
        charge_id: row.opt_text("charge_id")?,
        decided_by: row.opt_text("decided_by")?,
        decided_reason: row.opt_text("decided_reason")?,
        decided: row.opt_time("decided_us")?,
        completed: row.opt_time("completed_us")?,
        updated: row.time("updated_us")?,
        tolerance_micros: row.opt_int("tolerance_micros")?,
    })
}

/// What the rail was called with, as stored.
pub(crate) fn pay_with_json(t: &Transaction) -> Option<String> {
    t.pay_with.as_ref().and_then(|pay_with| serde_json::to_string(pay_with).ok())
}

/// The payments beyond the one that was ordered, as stored.
pub(crate) fn other_payments_json(t: &Transaction) -> Option<String> {
    if t.other_payments.is_empty() {
        return None;
    }
    serde_json::to_string(&t.other_payments).ok()
}

/// The rules that were looked at, as stored.
pub(crate) fn decision_json(t: &Transaction) -> String {
    check::to_json(&t.checks)
}
