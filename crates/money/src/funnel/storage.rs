//! What the funnel needs of a database: the seam between the two engines.

use std::future::Future;

use bursar_base::{AgentId, Currency, KeyId, Mode, OrgId, TimeUs, TransactionId};
use bursar_store::Columns;
use bursar_store::StoreError;
use bursar_store::events::Head;

use super::command::Nonce;
use super::working::{KeyState, Payee, Purchase, Refund, RefundStatus, Working};
use crate::holds::{Budget, PastWindow, Window, WindowKind};
use crate::ledger::{Account, AccountId};
use crate::policies::AgentState;
use crate::transactions::Transaction;

/// An org's row, joined with its head.
#[derive(Debug)]
pub struct OrgRow {
    /// Which.
    pub id: OrgId,
    /// The end of its chain.
    pub head: Head,
    /// Test or live.
    pub mode: Mode,
    /// IANA name.
    pub time_zone: String,
    /// Of the org's wallet.
    pub currency: Currency,
    /// Its Stripe customer.
    pub stripe_customer: Option<String>,
    /// Its saved Stripe payment method.
    pub stripe_payment_method: Option<String>,
    /// Grows with every change of its payees.
    pub payees_version: i64,
}

/// A range of an agent's decision numbers, both ends included.
#[derive(Debug, Clone)]
pub struct NumberRange {
    /// Whose.
    pub agent_id: AgentId,
    /// The first.
    pub from: i64,
    /// The last.
    pub to: i64,
}

/// One result, or the database's error.
pub type Answer<T> = Result<T, StoreError>;

/// A transaction of the funnel on one engine. Calls come in this order: `begin`, reads, `write`, `commit`; after an
/// error, `rollback`.
pub trait Storage: Send {
    /// Begins, and locks the heads of `orgs` in the order given. Returns the clock to decide with, read after locking.
    fn begin(&mut self, orgs: &[OrgId]) -> impl Future<Output = Answer<TimeUs>> + Send;
    /// The locked orgs.
    fn orgs(&mut self, ids: &[OrgId]) -> impl Future<Output = Answer<Vec<OrgRow>>> + Send;
    /// Records nonces; returns those that were not there.
    fn use_nonces(&mut self, nonces: &[Nonce]) -> impl Future<Output = Answer<Vec<Nonce>>> + Send;
    /// Transactions by id.
    fn transactions(
        &mut self,
        ids: &[TransactionId],
    ) -> impl Future<Output = Answer<Vec<Transaction>>> + Send;
    /// Transactions by idempotency key and agent.
    fn by_keys(
        &mut self,
        keys: &[(String, AgentId)],
    ) -> impl Future<Output = Answer<Vec<Transaction>>> + Send;
    /// Budgets.
    fn budgets(&mut self, agents: &[AgentId]) -> impl Future<Output = Answer<Vec<Budget>>> + Send;
    /// Keys.
    fn keys(&mut self, ids: &[KeyId]) -> impl Future<Output = Answer<Vec<(KeyId, KeyState)>>> + Send;
    /// Accounts.
    fn accounts(&mut self, ids: &[AccountId]) -> impl Future<Output = Answer<Vec<Account>>> + Send;
    /// One policy's document.
    fn policy(
        &mut self,
        agent: &AgentId,
        version: i64,
    ) -> impl Future<Output = Answer<Option<String>>> + Send;
    /// An org's payees by merchant key.
    fn payees(&mut self, org: &OrgId) -> impl Future<Output = Answer<Vec<(String, Payee)>>> + Send;
    /// When decisions were made.
    fn numbers(&mut self, range: &NumberRange) -> impl Future<Output = Answer<Vec<(i64, TimeUs)>>> + Send;
    /// The newest purchase of a kind.
    fn purchase(
        &mut self,
        agent: &AgentId,
        mark: &str,
    ) -> impl Future<Output = Answer<Option<Purchase>>> + Send;
    /// A window that has ended.
    fn past_window(
        &mut self,
        agent: &AgentId,
        kind: WindowKind,
        start: TimeUs,
    ) -> impl Future<Output = Answer<Option<PastWindow>>> + Send;
    /// The refunds of a transaction.
    fn refunds(&mut self, id: &TransactionId) -> impl Future<Output = Answer<Vec<Refund>>> + Send;
    /// The fences of jobs, locked.
    fn fences(&mut self, ids: &[String]) -> impl Future<Output = Answer<Vec<(String, i64)>>> + Send;
    /// Writes what changed.
    fn write(&mut self, working: &Working) -> impl Future<Output = Answer<()>> + Send;
    /// Commits. On error the outcome is unknown.
    fn commit(&mut self) -> impl Future<Output = Answer<()>> + Send;
    /// Gives up; never fails, because a broken connection has given up already.
    fn rollback(&mut self) -> impl Future<Output = ()> + Send;
}

fn damaged(what: &str, text: &str) -> StoreError {
    StoreError::Damaged(format!("{what}: {text:?}"))
}

/// Reads a row of orgs joined with heads.
pub fn org_from(row: &impl Columns) -> Answer<OrgRow> {
    let (id, mode, currency) = (row.text("id")?, row.text("mode")?, row.text("currency")?);
    Ok(OrgRow {
        head: Head {
            org_id: id.clone(),
            seq: row.int("seq")?,
            hash: row.text("hash")?,
            last: row.time("last_us")?,
        },
        id: OrgId::from_store(&id),
        mode: Mode::parse(&mode).ok_or_else(|| damaged("orgs.mode", &mode))?,
        time_zone: row.text("time_zone")?,
        currency: Currency::parse(&currency).map_err(|_| damaged("orgs.currency", &currency))?,
        stripe_customer: row.opt_text("stripe_customer")?,
        stripe_payment_method: row.opt_text("stripe_payment_method")?,
        payees_version: row.int("payees_version")?,
    })
}

/// Reads a row of budgets.
pub fn budget_from(row: &impl Columns) -> Answer<Budget> {
    let (state, currency) = (row.text("state")?, row.text("currency")?);
    let window = |start: &str, end: &str, held: &str, spent: &str| -> Answer<Window> {
        Ok(Window {
            start: row.time(start)?,
            end: row.time(end)?,
            held: row.int(held)?,
            spent: row.int(spent)?,
        })
    };
    Ok(Budget {
        agent_id: AgentId::from_store(&row.text("agent_id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        wallet: AccountId(row.text("wallet")?),
        currency: Currency::parse(&currency).map_err(|_| damaged("budgets.currency", &currency))?,
        state: state_from(&state)?,
        frozen_reason: row.opt_text("frozen_reason")?,
        policy_version: row.int("policy_version")?,
        decisions: row.int("decisions")?,
        breaker_from: row.int("breaker_from")?,
        day: window("day_start_us", "day_end_us", "day_held", "day_spent")?,
        week: window("week_start_us", "week_end_us", "week_held", "week_spent")?,
        month: window("month_start_us", "month_end_us", "month_held", "month_spent")?,
        lifetime: Window {
            start: TimeUs(0),
            end: TimeUs(i64::MAX),
            held: row.int("lifetime_held")?,
            spent: row.int("lifetime_spent")?,
        },
    })
}

fn state_from(text: &str) -> Answer<AgentState> {
    Ok(match text {
        "active" => AgentState::Active,
        "frozen" => AgentState::Frozen,
        "pending" => AgentState::Pending,
        other => return Err(damaged("budgets.state", other)),
    })
}

/// How a state is stored.
pub fn state_text(state: AgentState) -> &'static str {
    match state {
        AgentState::Active => "active",
        AgentState::Frozen => "frozen",
        AgentState::Pending => "pending",
    }
}

/// Reads a row of keys.
pub fn key_from(row: &impl Columns) -> Answer<(KeyId, KeyState)> {
    let state = KeyState { revoked: row.opt_time("revoked_us")?, expires: row.opt_time("expires_us")? };
    Ok((KeyId::from_store(&row.text("id")?), state))
}

/// Reads a row of accounts.
pub fn account_from(row: &impl Columns) -> Answer<Account> {
    let currency = row.text("currency")?;
    Ok(Account {
        id: AccountId(row.text("id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        currency: Currency::parse(&currency).map_err(|_| damaged("accounts.currency", &currency))?,
        debits_pending: row.int("debits_pending")?,
        debits_posted: row.int("debits_posted")?,
        credits_pending: row.int("credits_pending")?,
        credits_posted: row.int("credits_posted")?,
    })
}

/// Reads a row of payees.
pub fn payee_from(row: &impl Columns) -> Answer<(String, Payee)> {
    let id = bursar_base::PayeeId::from_store(&row.text("id")?);
    let (category, stripe_account) = (row.opt_text("category")?, row.opt_text("stripe_account")?);
    Ok((row.text("merchant_key")?, Payee { id, category, stripe_account }))
}

/// Reads a row of purchases.
pub fn purchase_from(row: &impl Columns) -> Answer<Purchase> {
    Ok(Purchase {
        agent_id: AgentId::from_store(&row.text("agent_id")?),
        mark: row.text("mark")?,
        transaction_id: TransactionId::from_store(&row.text("transaction_id")?),
        at: row.time("at_us")?,
    })
}

/// Reads a row of past windows.
pub fn past_window_from(row: &impl Columns) -> Answer<PastWindow> {
    let kind = row.text("kind")?;
    Ok(PastWindow {
        agent_id: AgentId::from_store(&row.text("agent_id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        kind: WindowKind::parse(&kind).ok_or_else(|| damaged("past_windows.kind", &kind))?,
        window: Window {
            start: row.time("start_us")?,
            end: row.time("end_us")?,
            held: row.int("held")?,
            spent: row.int("spent")?,
        },
    })
}

/// Reads a row of refunds.
pub fn refund_from(row: &impl Columns) -> Answer<Refund> {
    let status = row.text("status")?;
    Ok(Refund {
        id: row.text("id")?,
        org_id: OrgId::from_store(&row.text("org_id")?),
        transaction_id: TransactionId::from_store(&row.text("transaction_id")?),
        micros: row.int("amount_micros")?,
        status: RefundStatus::parse(&status).ok_or_else(|| damaged("refunds.status", &status))?,
        idempotency_key: row.text("idempotency_key")?,
        actor: row.text("actor")?,
        reason: row.text("reason")?,
        rail_reference: row.opt_text("rail_reference")?,
        created: row.time("created_us")?,
        completed: row.opt_time("completed_us")?,
    })
}
