//! The event chain: the audit trail and the outbox in one.
//!
//! Every action in the system appends one entry to its org's chain, in the transaction that does it. Entry `n` hashes
//! entry `n - 1`, so nothing can be changed, removed or slipped in unseen. What belongs to no org is in the chain
//! [`SYSTEM`]. Rows are insert-only by trigger.

mod actions;
mod head;
mod sql;

use bursar_base::{AgentId, Currency, Money, TimeUs, TransactionId};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{Columns, StoreError};

pub use actions::{ACTIONS, is_action};
pub use head::{Head, append, lock_head, now_for, save_head};
pub use sql::ALL as STATEMENTS;

/// The chain of what belongs to no org.
pub const SYSTEM: &str = "system";

/// What the first entry of every chain hashes.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One action, before it has its place in a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// One of [`ACTIONS`], such as `payment.approved`.
    pub action: &'static str,
    /// Who did it: `agent:…`, `member:…`, `key:…`, `cli`, `worker`, `rail:…` or `system`.
    pub actor: String,
    /// The agent it is about.
    pub agent_id: Option<AgentId>,
    /// The transaction it is about.
    pub transaction_id: Option<TransactionId>,
    /// The amount it is about.
    pub amount: Option<Money>,
    /// The accounts, debit and credit, of the hold that it makes of that amount.
    pub hold: Option<(String, String)>,
    /// Everything else, as a JSON object.
    pub detail: String,
}

impl NewEvent {
    /// An action that is about no agent, transaction or amount.
    pub fn new(action: &'static str, actor: impl Into<String>, detail: &impl Serialize) -> NewEvent {
        NewEvent {
            action,
            actor: actor.into(),
            agent_id: None,
            transaction_id: None,
            amount: None,
            hold: None,
            // Our own details are plain structs and maps with text keys, which always serialise.
            detail: serde_json::to_string(detail).unwrap_or_else(|_| "{}".to_owned()),
        }
    }

    /// The same, about an agent.
    #[must_use]
    pub fn agent(mut self, agent: &AgentId) -> NewEvent {
        self.agent_id = Some(agent.clone());
        self
    }
}

/// One entry of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The chain: an org's id, or [`SYSTEM`].
    pub org_id: String,
    /// Its place, from 1.
    pub seq: i64,
    /// When, by the clock that decides; never earlier than the entry before.
    pub at: TimeUs,
    /// See [`NewEvent::action`].
    pub action: String,
    /// See [`NewEvent::actor`].
    pub actor: String,
    /// See [`NewEvent::agent_id`].
    pub agent_id: Option<String>,
    /// See [`NewEvent::transaction_id`].
    pub transaction_id: Option<String>,
    /// In micros.
    pub amount_micros: Option<i64>,
    /// Of the amount.
    pub currency: Option<String>,
    /// The account that is debited by the hold that it makes of the amount.
    pub held_from: Option<String>,
    /// The account that is credited by it.
    pub held_for: Option<String>,
    /// A JSON object.
    pub detail: String,
    /// SHA-256 in hex; see [`Event::hash_after`].
    pub hash: String,
}

impl Event {
    /// Reads a row of `events`.
    ///
    /// # Errors
    /// [`StoreError`] when a column is missing or holds something else.
    pub fn from_row(row: &impl Columns) -> Result<Event, StoreError> {
        Ok(Event {
            org_id: row.text("org_id")?,
            seq: row.int("seq")?,
            at: row.time("at_us")?,
            action: row.text("action")?,
            actor: row.text("actor")?,
            agent_id: row.opt_text("agent_id")?,
            transaction_id: row.opt_text("transaction_id")?,
            amount_micros: row.opt_int("amount_micros")?,
            currency: row.opt_text("currency")?,
            held_from: row.opt_text("held_from")?,
            held_for: row.opt_text("held_for")?,
            detail: row.text("detail")?,
            hash: row.text("hash")?,
        })
    }

    /// Gives `new` its place after an entry with hash `previous`.
    pub fn chain(org_id: &str, seq: i64, at: TimeUs, previous: &str, new: NewEvent) -> Event {
        let (amount_micros, currency) = match new.amount {
            Some(Money { micros, currency }) => (Some(micros), Some(currency)),
            None => (None, None),
        };
        let (held_from, held_for) = new.hold.unzip();
        let mut event = Event {
            org_id: org_id.to_owned(),
            seq,
            at,
            action: new.action.to_owned(),
            actor: new.actor,
            agent_id: new.agent_id.map(|id| id.to_string()),
            transaction_id: new.transaction_id.map(|id| id.to_string()),
            amount_micros,
            currency: currency.map(|currency: Currency| currency.to_string()),
            held_from,
            held_for,
            detail: new.detail,
            hash: String::new(),
        };
        event.hash = event.hash_after(previous);
        event
    }

    /// The hash this entry must have after an entry with hash `previous`: SHA-256, in hex, of the JSON array
    /// `[previous, org, seq, at_us, action, actor, agent, transaction, amount_micros, currency, held_from, held_for, detail]`
    /// without white space, `detail` being a string. Any language can recompute it from an export.
    pub fn hash_after(&self, previous: &str) -> String {
        let fields = (
            previous,
            &self.org_id,
            self.seq,
            self.at.0,
            &self.action,
            &self.actor,
            &self.agent_id,
            &self.transaction_id,
            self.amount_micros,
            &self.currency,
            &self.held_from,
            &self.held_for,
            &self.detail,
        );
        let bytes = serde_json::to_vec(&fields).unwrap_or_default();
        hex::encode(Sha256::digest(&bytes))
    }
}
