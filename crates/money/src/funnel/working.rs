//! The rows a batch works on, and what it changes.
//!
//! A batch loads every row that its commands need, decides them in order against this running state, and writes what
//! changed. Nothing here outlives the transaction.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use bursar_base::{
    AgentId, CardId, Currency, FreezeId, JobId, KeyId, MemberId, Mode, OrgId, PayeeId, TimeUs, TransactionId,
};
use bursar_store::events::{Event, Head};
use bursar_store::jobs::NewJob;
use jiff::tz::TimeZone;

use super::command::{JobProof, Nonce, Refusal};
use crate::authorizations::Authorization;
use crate::holds::{Budget, PastWindow, WindowKind};
use crate::ledger::{Account, AccountId, Transfer};
use crate::policies::{AtTill, Pattern, Policy};
use crate::receipts::Receipt;
use crate::transactions::Transaction;
use crate::votes::Vote;

/// A row and whether it must be written.
#[derive(Debug, Clone)]
pub struct Tracked<T> {
    /// The row.
    pub row: T,
    /// It is not in the database yet.
    pub new: bool,
    /// It differs from what is in the database.
    pub dirty: bool,
}

/// Rows by key, tracking what changed.
#[derive(Debug)]
pub struct Table<K, T>(HashMap<K, Tracked<T>>);

impl<K, T> Default for Table<K, T> {
    fn default() -> Self {
        Table(HashMap::new())
    }
}

impl<K: Eq + Hash, T> Table<K, T> {
    /// A row as loaded.
    pub fn load(&mut self, key: K, row: T) {
        self.0.entry(key).or_insert(Tracked { row, new: false, dirty: false });
    }

    /// A row that is not in the database yet.
    pub fn add(&mut self, key: K, row: T) {
        self.0.insert(key, Tracked { row, new: true, dirty: true });
    }

    /// A row that may or may not be in the database.
    pub fn put(&mut self, key: K, row: T) {
        let new = self.0.get(&key).is_none_or(|tracked| tracked.new);
        self.0.insert(key, Tracked { row, new, dirty: true });
    }

    /// To look at.
    pub fn get(&self, key: &K) -> Option<&T> {
        self.0.get(key).map(|tracked| &tracked.row)
    }

    /// To change.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut T> {
        self.0.get_mut(key).map(|tracked| {
            tracked.dirty = true;
            &mut tracked.row
        })
    }

    /// To change in a way that need not be written unless something else changes too.
    pub fn look_ahead(&mut self, key: &K) -> Option<&mut T> {
        self.0.get_mut(key).map(|tracked| &mut tracked.row)
    }

    /// Whether it must be written.
    pub fn is_written(&self, key: &K) -> bool {
        self.0.get(key).is_some_and(|tracked| tracked.dirty)
    }

    /// Two different rows, to change.
    pub fn pair_mut(&mut self, one: &K, other: &K) -> Option<(&mut T, &mut T)> {
        if one == other {
            return None;
        }
        let [one, other] = self.0.get_disjoint_mut([one, other]);
        let (one, other) = (one?, other?);
        (one.dirty, other.dirty) = (true, true);
        Some((&mut one.row, &mut other.row))
    }

    /// What must be inserted.
    pub fn added(&self) -> impl Iterator<Item = &T> {
        self.0.values().filter(|tracked| tracked.new).map(|tracked| &tracked.row)
    }

    /// What must be updated.
    pub fn changed(&self) -> impl Iterator<Item = &T> {
        self.0.values().filter(|tracked| tracked.dirty && !tracked.new).map(|tracked| &tracked.row)
    }

    /// What must be inserted or updated.
    pub fn written(&self) -> impl Iterator<Item = &T> {
        self.0.values().filter(|tracked| tracked.dirty).map(|tracked| &tracked.row)
    }

    /// Everything.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.values().map(|tracked| &tracked.row)
    }
}

/// An org, its chain's head, and the time under its lock.
#[derive(Debug)]
pub struct OrgState {
    /// The end of its chain.
    pub head: Head,
    /// Never earlier than the chain's last entry.
    pub now: TimeUs,
    /// Test or live.
    pub mode: Mode,
    /// Whose calendar the windows follow.
    pub zone: TimeZone,
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
    /// Its payees, by what merchants compare as; loaded when their version is that of the org.
    pub payees: Arc<Payees>,
}

/// An org's payees.
#[derive(Debug, Default)]
pub struct Payees {
    /// The version they were read at.
    pub version: i64,
    /// By merchant key.
    pub by_key: HashMap<String, Payee>,
}

/// What a decision needs to know of a payee.
#[derive(Debug, Clone)]
pub struct Payee {
    /// Its id.
    pub id: PayeeId,
    /// What it sells.
    pub category: Option<String>,
    /// Its connected Stripe account.
    pub stripe_account: Option<String>,
}

/// What a decision needs to know of a key.
#[derive(Debug, Clone, Copy)]
pub struct KeyState {
    /// When it was revoked.
    pub revoked: Option<TimeUs>,
    /// When it expires.
    pub expires: Option<TimeUs>,
}

/// What a decision needs to know of a card.
#[derive(Debug, Clone)]
pub struct CardState {
    /// Of which org.
    pub org_id: OrgId,
    /// Whose.
    pub agent_id: AgentId,
    /// Whether it may be used: neither frozen nor cancelled.
    pub active: bool,
    /// The only merchant it may be used at, where there is one; none at all, where that cannot be read.
    pub merchant: Option<Option<Pattern>>,
}

impl CardState {
    /// How it stands at a till.
    pub fn at(&self, merchant_key: &str) -> AtTill {
        let is_for = |only: &Option<Pattern>| only.as_ref().is_some_and(|only| only.matches(merchant_key));
        if !self.active {
            AtTill::Stopped
        } else if self.merchant.as_ref().is_none_or(is_for) {
            AtTill::Usable
        } else {
            AtTill::Elsewhere
        }
    }
}

impl OrgState {
    /// Whether it has a saved Stripe payment method.
    pub fn has_stripe(&self) -> bool {
        self.stripe_payment_method.is_some()
    }
}

impl KeyState {
    /// Whether it may be used at `now`.
    pub fn is_valid(&self, now: TimeUs) -> bool {
        self.revoked.is_none_or(|at| now < at) && self.expires.is_none_or(|at| now < at)
    }
}

/// The newest purchase of one kind, for the `duplicates` rule.
#[derive(Debug, Clone)]
pub struct Purchase {
    /// Whose.
    pub agent_id: AgentId,
    /// Which kind.
    pub mark: String,
    /// By which transaction.
    pub transaction_id: TransactionId,
    /// When.
    pub at: TimeUs,
}

/// A refund.
#[derive(Debug, Clone)]
pub struct Refund {
    /// Its id.
    pub id: String,
    /// Of which org.
    pub org_id: OrgId,
    /// Of which transaction.
    pub transaction_id: TransactionId,
    /// How much, in micros.
    pub micros: i64,
    /// `requested`, `completed` or `failed`.
    pub status: RefundStatus,
    /// Chosen by whoever asked.
    pub idempotency_key: String,
    /// Who asked.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The rail's id of it.
    pub rail_reference: Option<String>,
    /// When it was asked for.
    pub created: TimeUs,
    /// When it was settled.
    pub completed: Option<TimeUs>,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    /// The rail has not answered yet.
    Requested,
    /// Money came back.
    Completed,
    /// The rail refused.
    Failed,
}

impl RefundStatus {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            RefundStatus::Requested => "requested",
            RefundStatus::Completed => "completed",
            RefundStatus::Failed => "failed",
        }
    }

    /// The inverse of [`RefundStatus::as_str`].
    pub fn parse(text: &str) -> Option<RefundStatus> {
        Some(match text {
            "requested" => RefundStatus::Requested,
            "completed" => RefundStatus::Completed,
            "failed" => RefundStatus::Failed,
            _ => return None,
        })
    }
}

/// A freeze that begins.
#[derive(Debug)]
pub struct NewFreeze {
    /// Its id.
    pub id: FreezeId,
    /// In which org.
    pub org_id: OrgId,
    /// What is frozen: the agent's id, or the org's own.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// On whose behalf.
    pub actor: String,
    /// The audit entry that it begins with.
    pub seq: i64,
    /// When.
    pub at: TimeUs,
    /// Where it has ended again within the same batch.
    pub end: Option<FreezeEnd>,
}

/// A freeze that ends.
#[derive(Debug, Clone)]
pub struct FreezeEnd {
    /// In which org.
    pub org_id: OrgId,
    /// What may go on: the agent's id, or the org's own.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// On whose behalf.
    pub actor: String,
    /// When.
    pub at: TimeUs,
}

/// Everything a batch works on.
#[derive(Debug, Default)]
pub struct Working {
    /// In the order of their ids, which is the order they are locked in.
    pub orgs: BTreeMap<OrgId, OrgState>,
    /// By agent.
    pub budgets: Table<AgentId, Budget>,
    /// By account.
    pub accounts: Table<AccountId, Account>,
    /// By agent, kind and start.
    pub past: Table<(AgentId, WindowKind, TimeUs), PastWindow>,
    /// By id.
    pub transactions: Table<TransactionId, Arc<Transaction>>,
    /// Where an idempotency key leads.
    pub by_key: HashMap<(AgentId, String), TransactionId>,
    /// By id.
    pub keys: HashMap<KeyId, KeyState>,
    /// By id.
    pub cards: HashMap<CardId, CardState>,
    /// By the network's own id.
    pub authorizations: Table<String, Authorization>,
    /// Reservations by agent and merchant. Which of them are open still is said by their transactions.
    pub reserved: HashMap<(AgentId, String), Vec<TransactionId>>,
    /// Nonces that were recorded now, for the first time, and that no command of the batch has used up yet.
    pub fresh_nonces: HashSet<Nonce>,
    /// Whether a nonce was recorded: that must be kept even when every command is refused.
    pub nonces_recorded: bool,
    /// By agent and version; `None` when it cannot be read.
    pub policies: HashMap<(AgentId, i64), Option<Arc<Policy>>>,
    /// When an agent's decision of that number was made.
    pub numbers: HashMap<(AgentId, i64), TimeUs>,
    /// By agent and mark.
    pub purchases: Table<(AgentId, String), Purchase>,
    /// By id.
    pub refunds: Table<String, Refund>,
    /// By reference.
    pub receipts: Table<String, Receipt>,
    /// The members who can decide, of the orgs in which somebody does.
    pub deciders: HashSet<(OrgId, MemberId)>,
    /// By transaction and member.
    pub votes: Table<(TransactionId, MemberId), Vote>,
    /// The fence of every job that a command is the result of.
    pub fences: HashMap<String, i64>,
    /// New audit entries.
    pub events: Vec<Event>,
    /// New transfers, but for the holds that stand in their entries.
    pub transfers: Vec<Transfer>,
    /// New jobs, with their ids.
    pub jobs: Vec<(JobId, NewJob)>,
    /// Jobs that are done.
    pub finished: Vec<JobProof>,
    /// Jobs that are done for now, and when they go on.
    pub postponed: Vec<(JobProof, TimeUs)>,
    /// Orgs that were frozen or may go on, and since when they are frozen.
    pub orgs_frozen: BTreeMap<OrgId, Option<TimeUs>>,
    /// Freezes of before that have ended; written before the new ones.
    pub freezes_ended: Vec<FreezeEnd>,
    /// New freezes.
    pub freezes: Vec<NewFreeze>,
}

impl Working {
    /// The org of a command; loaded for every command of the batch.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn org(&self, id: &OrgId) -> Result<&OrgState, Refusal> {
        self.orgs.get(id).ok_or(Refusal::NotFound("org"))
    }

    /// An agent's budget, in this org.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn budget(&self, org: &OrgId, agent: &AgentId) -> Result<&Budget, Refusal> {
        self.budgets.get(agent).filter(|budget| budget.org_id == *org).ok_or(Refusal::NotFound("agent"))
    }

    /// A transaction of this org.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn transaction(&self, org: &OrgId, id: &TransactionId) -> Result<&Arc<Transaction>, Refusal> {
        self.transactions.get(id).filter(|t| t.org_id == *org).ok_or(Refusal::NotFound("transaction"))
    }

    /// Uses up a command's nonce: the first command of a batch that shows it has it, any other is a replay.
    ///
    /// # Errors
    /// [`Refusal::NonceUsed`].
    pub fn use_nonce(&mut self, nonce: Option<&Nonce>) -> Result<(), Refusal> {
        match nonce {
            Some(nonce) if !self.fresh_nonces.remove(nonce) => Err(Refusal::NonceUsed),
            Some(_) | None => Ok(()),
        }
    }

    /// The windows that have ended and must be written: those of budgets that are written too.
    pub fn past_written(&self) -> impl Iterator<Item = &PastWindow> {
        self.past.written().filter(|past| self.budgets.is_written(&past.agent_id))
    }

    /// Whether there is anything to commit. Windows that only moved on with the time are not: the next decision moves
    /// them again, to the same place.
    pub fn has_changes(&self) -> bool {
        !self.events.is_empty()
            || self.nonces_recorded
            || !self.finished.is_empty()
            || !self.postponed.is_empty()
            || self.transactions.written().next().is_some()
            || self.authorizations.written().next().is_some()
    }

    /// The policy in force, if it can be read.
    pub fn policy(&self, budget: &Budget) -> Option<Arc<Policy>> {
        self.policies.get(&(budget.agent_id.clone(), budget.policy_version)).cloned().flatten()
    }
}
