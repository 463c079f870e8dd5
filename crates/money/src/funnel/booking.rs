//! Writing into the running state: entries, transfers and windows, always together.

use bursar_base::{AgentId, Currency, JobId, Money, OrgId, TimeUs, TransactionId};
use bursar_store::events::NewEvent;
use bursar_store::jobs::{self, NewJob};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::command::Refusal;
use super::working::Working;
use crate::holds::{PastWindow, Window, WindowKind};
use crate::ledger::{self, Account, AccountId, Transfer, TransferKind};
use crate::transactions::Transaction;

/// One transfer of a booking.
#[derive(Debug, Clone)]
pub struct Leg {
    /// What it does.
    pub kind: TransferKind,
    /// Where the money comes from.
    pub debit: AccountId,
    /// Where it goes.
    pub credit: AccountId,
    /// How much, in micros. Legs of nothing are left out.
    pub micros: i64,
}

impl Working {
    /// Appends one audit entry and the transfers that belong to it.
    ///
    /// # Errors
    /// [`Refusal::Overflow`]: the caller's command must then be thrown away whole.
    pub fn book(
        &mut self,
        org_id: &OrgId,
        mut event: NewEvent,
        currency: Currency,
        legs: &[Leg],
    ) -> Result<(), Refusal> {
        // A hold of all that the entry is about stands in the entry, where its hash vouches for it.
        let amount = event.amount.map(|amount| amount.micros);
        let hold = legs
            .first()
            .filter(|leg| leg.kind == TransferKind::Hold && leg.micros > 0 && Some(leg.micros) == amount);
        let text = |account: &AccountId| account.as_str().to_owned();
        event.hold = hold.map(|leg| (text(&leg.debit), text(&leg.credit)));
        let transaction_id = event.transaction_id.as_ref().map(ToString::to_string);
        let org = self.orgs.get_mut(org_id).ok_or(Refusal::NotFound("org"))?;
        let now = org.now;
        let event = org.head.push(now, event);
        let (seq, in_entry) = (event.seq, event.held_from.is_some());
        self.events.push(event);
        for (part, leg) in (0_i64..).zip(legs.iter().filter(|leg| leg.micros > 0)) {
            self.move_money(org_id, currency, leg)?;
            if part == 0 && in_entry {
                continue;
            }
            self.transfers.push(Transfer {
                org_id: org_id.clone(),
                seq,
                part,
                kind: leg.kind,
                transaction_id: transaction_id.clone(),
                debit: leg.debit.clone(),
                credit: leg.credit.clone(),
                micros: leg.micros,
                currency,
                at: now,
            });
        }
        Ok(())
    }

    fn move_money(&mut self, org_id: &OrgId, currency: Currency, leg: &Leg) -> Result<(), Refusal> {
        for id in [&leg.debit, &leg.credit] {
            if self.accounts.get(id).is_none() {
                self.accounts.add(id.clone(), Account::empty(id.clone(), org_id.clone(), currency));
            }
        }
        let (debit, credit) =
            self.accounts.pair_mut(&leg.debit, &leg.credit).ok_or(Refusal::NotFound("account"))?;
        Ok(ledger::apply(leg.kind, leg.micros, debit, credit)?)
    }

    /// Brings an agent's windows to `now`. That alone is nothing to be written: whoever changes the budget in this batch
    /// has an entry at this time, and writes it with them. Else a clock that is ahead would end windows for decisions that
    /// are made before by the chain.
    pub fn roll_windows(&mut self, org_id: &OrgId, agent: &AgentId) {
        let Some(org) = self.orgs.get(org_id) else { return };
        let Some(budget) = self.budgets.get(agent) else {
            return;
        };
        if WindowKind::ALL.iter().all(|&kind| org.now < budget.window(kind).end) {
            return;
        }
        let Some(budget) = self.budgets.look_ahead(agent) else {
            return;
        };
        for ended in budget.roll(org.now, &org.zone) {
            self.past.add((ended.agent_id.clone(), ended.kind, ended.window.start), ended);
        }
    }

    /// Changes what is held and spent in the windows that `t` was put in.
    ///
    /// # Errors
    /// [`Refusal::Overflow`].
    pub fn adjust_remembered(&mut self, t: &Transaction, held: i64, spent: i64) -> Result<(), Refusal> {
        // A window that has ended is kept only where something was put in it.
        if (held, spent) == (0, 0) {
            return Ok(());
        }
        for (kind, start) in t.windows() {
            let budget = self.budgets.get_mut(&t.agent_id).ok_or(Refusal::NotFound("agent"))?;
            let current = budget.window_mut(kind);
            if current.start == start {
                current.adjust(held, spent)?;
                continue;
            }
            let key = (t.agent_id.clone(), kind, start);
            if self.past.get(&key).is_none() {
                let window = Window { start, ..Window::default() };
                let (agent_id, org_id) = (t.agent_id.clone(), t.org_id.clone());
                self.past.add(key.clone(), PastWindow { agent_id, org_id, kind, window });
            }
            if let Some(past) = self.past.get_mut(&key) {
                past.window.adjust(held, spent)?;
            }
        }
        let budget = self.budgets.get_mut(&t.agent_id).ok_or(Refusal::NotFound("agent"))?;
        budget.lifetime.adjust(held, spent)?;
        Ok(())
    }

    /// Counts what was never held: it counts in the windows of the moment it arrives.
    ///
    /// # Errors
    /// [`Refusal::Overflow`].
    pub fn spend_now(&mut self, agent: &AgentId, spent: i64) -> Result<(), Refusal> {
        let budget = self.budgets.get_mut(agent).ok_or(Refusal::NotFound("agent"))?;
        for kind in WindowKind::ALL {
            budget.window_mut(kind).adjust(0, spent)?;
        }
        budget.lifetime.adjust(0, spent)?;
        Ok(())
    }

    /// Enqueues a job that belongs to the org's newest audit entry.
    pub fn enqueue(&mut self, org_id: &OrgId, kind: &'static str, payload: String, run_at: TimeUs) {
        self.enqueue_as(org_id, kind, payload, run_at, None);
    }

    /// Enqueues the reading of a card authorisation. There is one such job for each: where it stands already, it begins
    /// anew, so that nothing is written that was read before what this entry says.
    pub fn enqueue_reading(&mut self, org_id: &OrgId, reference: &str, run_at: TimeUs) {
        let key = jobs::reading_key(reference);
        self.enqueue_as(org_id, jobs::READ_AUTHORIZATION, reference.to_owned(), run_at, Some(key));
    }

    fn enqueue_as(
        &mut self,
        org_id: &OrgId,
        kind: &'static str,
        payload: String,
        run_at: TimeUs,
        dedupe_key: Option<String>,
    ) {
        let Some(org) = self.orgs.get(org_id) else { return };
        let same = |job: &&mut NewJob| job.dedupe_key == dedupe_key;
        if dedupe_key.is_some()
            && let Some(known) = self.jobs.iter_mut().map(|(_, job)| job).find(same)
        {
            known.run_at = known.run_at.min(run_at);
            return;
        }
        // An entry enqueues one job of a kind at most.
        let id = JobId::from_parts(org.now, in_place_of_chance(&org.head.hash, kind));
        let org_id = org_id.to_string();
        self.jobs.push((id, NewJob { org_id, kind, payload, run_at, dedupe_key }));
    }
}

/// The random part of an id, made of the newest entry's hash and a word of the caller's instead of chance, so that the same
/// chain gives the same ids however it was batched. It is unique where an entry uses each word once.
pub fn in_place_of_chance(hash: &str, word: &str) -> [u8; 10] {
    let digest = Sha256::new().chain_update(hash.as_bytes()).chain_update(word.as_bytes()).finalize();
    let mut random = [0_u8; 10];
    for (to, from) in random.iter_mut().zip(digest) {
        *to = from;
    }
    random
}

/// An audit entry about a transaction, with its status after the change.
pub fn event_about(
    t: &Transaction,
    action: &'static str,
    actor: &str,
    amount: Money,
    note: Note<'_>,
) -> NewEvent {
    let detail = Detail {
        status: t.status.as_str(),
        merchant: &t.merchant,
        purpose: &t.purpose,
        rail: t.rail.as_str(),
        reason: t.reason.as_deref(),
        note: note.text,
        question: note.question,
    };
    NewEvent {
        action,
        actor: actor.to_owned(),
        agent_id: Some(t.agent_id.clone()),
        transaction_id: Some(t.id.clone()),
        amount: Some(amount),
        hold: None,
        // Texts always serialise.
        detail: serde_json::to_string(&detail).unwrap_or_default(),
    }
}

/// What an audit entry about a transaction says of it.
#[derive(Serialize)]
struct Detail<'a> {
    status: &'a str,
    merchant: &'a str,
    purpose: &'a str,
    rail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    question: Option<Question<'a>>,
}

/// What else an audit entry says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Note<'a> {
    /// In words.
    pub text: Option<&'a str>,
    /// The question of the card network that was answered.
    pub question: Option<Question<'a>>,
}

/// A question of the card network, by its own ids.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Question<'a> {
    /// What it is about.
    pub authorization: &'a str,
    /// Which of the questions about that.
    pub request: &'a str,
}

impl<'a> From<Option<&'a str>> for Note<'a> {
    fn from(text: Option<&'a str>) -> Note<'a> {
        Note { text, question: None }
    }
}

/// A transaction's id as a job's payload.
pub fn payload(id: &TransactionId) -> String {
    id.to_string()
}
