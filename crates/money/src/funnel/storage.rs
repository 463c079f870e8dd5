//! What the funnel needs of a database: the seam between the two engines.

use std::collections::BTreeSet;
use std::future::Future;

use bursar_base::{AgentId, CardId, Currency, KeyId, MemberId, Mode, OrgId, TimeUs, TransactionId};
use bursar_store::Columns;
use bursar_store::StoreError;
use bursar_store::events::Head;

use super::command::Nonce;
use super::working::{CardState, KeyState, Payee, Purchase, Refund, RefundStatus, Working};
use crate::authorizations::Authorization;
use crate::holds::{Budget, PastWindow, Window, WindowKind};
use crate::ledger::{Account, AccountId};
use crate::policies::{AgentState, Pattern};
use crate::receipts::Receipt;
use crate::transactions::Transaction;
use crate::votes::Vote;

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
    /// Whether all of it is frozen.
    pub is_frozen: bool,
}

/// A range of an agent's decision numbers, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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

/// What a batch asks the database for. In order and without repetitions.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Orgs, with the heads of their chains.
    pub orgs: BTreeSet<OrgId>,
    /// Nonces, to be recorded.
    pub nonces: BTreeSet<Nonce>,
    /// Transactions by idempotency key and agent.
    pub by_key: BTreeSet<(String, AgentId)>,
    /// Transactions by id.
    pub transactions: BTreeSet<TransactionId>,
    /// Budgets.
    pub agents: BTreeSet<AgentId>,
    /// Keys.
    pub keys: BTreeSet<KeyId>,
    /// Accounts.
    pub accounts: BTreeSet<AccountId>,
    /// Jobs, whose fences are locked until the batch ends.
    pub jobs: BTreeSet<String>,
    /// Policies by agent and version.
    pub policies: BTreeSet<(AgentId, i64)>,
    /// Orgs whose payees are wanted.
    pub payees: BTreeSet<OrgId>,
    /// When decisions were made.
    pub numbers: BTreeSet<NumberRange>,
    /// The newest purchases of their kind, by agent and mark.
    pub purchases: BTreeSet<(AgentId, String)>,
    /// Windows that have ended.
    pub past: BTreeSet<(AgentId, WindowKind, TimeUs)>,
    /// Transactions whose refunds are wanted.
    pub refunds: BTreeSet<TransactionId>,
    /// Receipts by reference.
    pub receipts: BTreeSet<String>,
    /// Cards.
    pub cards: BTreeSet<CardId>,
    /// Open reservations by agent and merchant.
    pub reserved: BTreeSet<(AgentId, String)>,
    /// Card authorisations by the network's own id.
    pub authorizations: BTreeSet<String>,
    /// Orgs whose members may be counted: those who can decide.
    pub deciders: BTreeSet<OrgId>,
    /// Transactions whose votes are wanted.
    pub votes: BTreeSet<TransactionId>,
}

/// What is there of it.
#[derive(Debug, Default)]
pub struct Found {
    /// See [`Wanted::orgs`].
    pub orgs: Vec<OrgRow>,
    /// The nonces that were not there before.
    pub nonces: Vec<Nonce>,
    /// See [`Wanted::transactions`] and [`Wanted::by_key`].
    pub transactions: Vec<Transaction>,
    /// See [`Wanted::agents`].
    pub budgets: Vec<Budget>,
    /// See [`Wanted::keys`].
    pub keys: Vec<(KeyId, KeyState)>,
    /// See [`Wanted::accounts`].
    pub accounts: Vec<Account>,
    /// See [`Wanted::jobs`].
    pub fences: Vec<(String, i64)>,
    /// Documents; see [`Wanted::policies`].
    pub policies: Vec<((AgentId, i64), String)>,
    /// By org and merchant key; see [`Wanted::payees`].
    pub payees: Vec<(OrgId, String, Payee)>,
    /// By agent and number; see [`Wanted::numbers`].
    pub numbers: Vec<((AgentId, i64), TimeUs)>,
    /// See [`Wanted::purchases`].
    pub purchases: Vec<Purchase>,
    /// See [`Wanted::past`].
    pub past: Vec<PastWindow>,
    /// See [`Wanted::refunds`].
    pub refunds: Vec<Refund>,
    /// See [`Wanted::receipts`].
    pub receipts: Vec<Receipt>,
    /// See [`Wanted::cards`].
    pub cards: Vec<(CardId, CardState)>,
    /// See [`Wanted::reserved`].
    pub reserved: Vec<Transaction>,
    /// See [`Wanted::authorizations`].
    pub authorizations: Vec<Authorization>,
    /// By org; see [`Wanted::deciders`].
    pub deciders: Vec<(OrgId, MemberId)>,
    /// See [`Wanted::votes`].
    pub votes: Vec<Vote>,
}

/// Why a batch was not committed.
#[derive(Debug)]
pub enum CommitError {
    /// Certainly nothing was written.
    Failed(StoreError),
    /// COMMIT was not answered: everything may have been written.
    Unknown(StoreError),
}

/// A transaction of the funnel on one engine. Calls come in this order: `begin`, any number of `read`, `commit`; after an
/// error, or when there is nothing to write, `rollback`.
pub trait Storage: Send {
    /// Begins, locks the heads of the wanted orgs in the order of their ids, and then reads. Returns the clock to decide
    /// with, read after locking.
    fn begin(&mut self, wanted: &Wanted) -> impl Future<Output = Answer<(TimeUs, Found)>> + Send;
    /// Reads more under the same locks; locks no orgs.
    fn read(&mut self, wanted: &Wanted) -> impl Future<Output = Answer<Found>> + Send;
    /// Writes what changed, and commits.
    fn commit(&mut self, working: &Working) -> impl Future<Output = Result<(), CommitError>> + Send;
    /// Gives up; never fails, because a broken connection has given up already.
    fn rollback(&mut self) -> impl Future<Output = ()> + Send;
    /// Between transactions: which of these orgs nobody else has locked at this moment.
    fn unlocked(&mut self, orgs: &BTreeSet<OrgId>) -> impl Future<Output = Answer<BTreeSet<OrgId>>> + Send;
}

impl Wanted {
    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.orgs.is_empty()
            && self.nonces.is_empty()
            && self.by_key.is_empty()
            && self.transactions.is_empty()
            && self.agents.is_empty()
            && self.keys.is_empty()
            && self.accounts.is_empty()
            && self.jobs.is_empty()
            && self.policies.is_empty()
            && self.payees.is_empty()
            && self.numbers.is_empty()
            && self.purchases.is_empty()
            && self.past.is_empty()
            && self.refunds.is_empty()
            && self.receipts.is_empty()
            && self.cards.is_empty()
            && self.reserved.is_empty()
            && self.authorizations.is_empty()
            && self.deciders.is_empty()
            && self.votes.is_empty()
    }
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
        is_frozen: row.opt_time("frozen_us")?.is_some(),
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
        wallet: AccountId(row.text("wallet")?.into()),
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

/// Reads a row of cards. Only `active` lets it be used, and what cannot be read of its merchant is no merchant.
pub fn card_from(row: &impl Columns) -> Answer<(CardId, CardState)> {
    let state = CardState {
        org_id: OrgId::from_store(&row.text("org_id")?),
        agent_id: AgentId::from_store(&row.text("agent_id")?),
        active: row.text("status")? == "active",
        merchant: row.opt_text("merchant")?.map(|text| Pattern::parse(&text).ok()),
    };
    Ok((CardId::from_store(&row.text("id")?), state))
}

/// Reads a row of accounts.
pub fn account_from(row: &impl Columns) -> Answer<Account> {
    let currency = row.text("currency")?;
    Ok(Account {
        id: AccountId(row.text("id")?.into()),
        org_id: OrgId::from_store(&row.text("org_id")?),
        currency: Currency::parse(&currency).map_err(|_| damaged("accounts.currency", &currency))?,
        debits_pending: row.int("debits_pending")?,
        debits_posted: row.int("debits_posted")?,
        credits_pending: row.int("credits_pending")?,
        credits_posted: row.int("credits_posted")?,
    })
}

/// Reads a row of payees.
pub fn payee_from(row: &impl Columns) -> Answer<(OrgId, String, Payee)> {
    let id = bursar_base::PayeeId::from_store(&row.text("id")?);
    let (category, stripe_account) = (row.opt_text("category")?, row.opt_text("stripe_account")?);
    let org = OrgId::from_store(&row.text("org_id")?);
    Ok((org, row.text("merchant_key")?, Payee { id, category, stripe_account }))
}

/// Reads a member who can decide.
pub fn decider_from(row: &impl Columns) -> Answer<(OrgId, MemberId)> {
    Ok((OrgId::from_store(&row.text("org_id")?), MemberId::from_store(&row.text("id")?)))
}

/// Reads a policy's document.
pub fn policy_from(row: &impl Columns) -> Answer<((AgentId, i64), String)> {
    Ok(((AgentId::from_store(&row.text("agent_id")?), row.int("version")?), row.text("document")?))
}

/// Reads when a decision was made.
pub fn number_from(row: &impl Columns) -> Answer<((AgentId, i64), TimeUs)> {
    Ok(((AgentId::from_store(&row.text("agent_id")?), row.int("number")?), row.time("created_us")?))
}

/// Reads a nonce.
pub fn nonce_from(row: &impl Columns) -> Answer<Nonce> {
    let (created, key_id) = (row.time("created_us")?, KeyId::from_store(&row.text("key_id")?));
    Ok(Nonce { created, key_id, nonce: row.text("nonce")? })
}

/// Reads a job's fence.
pub fn fence_from(row: &impl Columns) -> Answer<(String, i64)> {
    Ok((row.text("id")?, row.int("fence")?))
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
