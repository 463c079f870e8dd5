//! Rows as PostgreSQL takes them: one array per column.

use tokio_postgres::types::ToSql;

use super::super::storage::state_text;
use super::super::working::Working;
use super::connection::Pipeline;
use super::sql;
use crate::authorizations::{Authorization, map_json};
use crate::transactions::{Transaction, decision_json, other_payments_json, pay_with_json};

/// One column: an array with a value for each row.
type Column<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// The arguments of one statement.
#[derive(Default)]
pub struct Arguments<'a> {
    columns: Vec<Column<'a>>,
    rows: Option<usize>,
}

/// Rows, and the columns gathered of them so far.
pub struct Rows<'a, T> {
    rows: Vec<&'a T>,
    columns: Vec<Column<'a>>,
}

impl<'a> Arguments<'a> {
    /// Whether the statement would be about no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == Some(0)
    }

    /// As the driver wants them.
    pub fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect()
    }
}

impl<'a, T> From<Rows<'a, T>> for Arguments<'a> {
    fn from(rows: Rows<'a, T>) -> Arguments<'a> {
        Arguments { rows: Some(rows.rows.len()), columns: rows.columns }
    }
}

impl<'a, T> Rows<'a, T> {
    /// Of these rows.
    pub fn of(rows: impl IntoIterator<Item = &'a T>) -> Rows<'a, T> {
        Rows { rows: rows.into_iter().collect(), columns: Vec::new() }
    }

    fn column<V: ToSql + Sync + Send + 'a>(mut self, value: impl Fn(&'a T) -> V) -> Self {
        self.columns.push(Box::new(self.rows.iter().map(|row| value(row)).collect::<Vec<V>>()));
        self
    }

    /// A column of texts.
    pub fn text(self, value: impl Fn(&'a T) -> &'a str) -> Self {
        self.column(value)
    }

    /// A column of texts that may be absent.
    pub fn opt_text(self, value: impl Fn(&'a T) -> Option<&'a str>) -> Self {
        self.column(value)
    }

    /// A column of texts that are made for it.
    pub fn made(self, value: impl Fn(&'a T) -> String) -> Self {
        self.column(value)
    }

    /// A column of texts that are made for it and may be absent.
    pub fn opt_made(self, value: impl Fn(&'a T) -> Option<String>) -> Self {
        self.column(value)
    }

    /// A column of numbers.
    pub fn int(self, value: impl Fn(&'a T) -> i64) -> Self {
        self.column(value)
    }

    /// A column of numbers that may be absent.
    pub fn opt_int(self, value: impl Fn(&'a T) -> Option<i64>) -> Self {
        self.column(value)
    }
}

/// Everything that changed.
pub fn write<'a>(pipeline: &mut Pipeline<'a>, w: &'a Working) {
    heads_and_sums(pipeline, w);
    transactions(pipeline, w);
    trail(pipeline, w);
    freezes(pipeline, w);
    rest(pipeline, w);
}

fn freezes<'a>(pipeline: &mut Pipeline<'a>, w: &'a Working) {
    let saved = Rows::of(w.orgs_frozen.keys()).text(|org| org.as_str());
    let saved = saved.opt_int(|org| w.orgs_frozen.get(org).copied().flatten().map(|at| at.0));
    pipeline.add(sql::SAVE_ORG_FROZEN, saved);
    let ended = Rows::of(&w.freezes_ended)
        .text(|f| f.org_id.as_str())
        .text(|f| &f.scope)
        .int(|f| f.at.0)
        .text(|f| &f.actor)
        .text(|f| &f.reason);
    pipeline.add(sql::END_FREEZE, ended);
    let new = Rows::of(&w.freezes)
        .text(|f| f.id.as_str())
        .text(|f| f.org_id.as_str())
        .text(|f| &f.scope)
        .text(|f| &f.reason)
        .text(|f| &f.actor)
        .int(|f| f.seq)
        .int(|f| f.at.0)
        .opt_int(|f| f.end.as_ref().map(|end| end.at.0))
        .opt_text(|f| f.end.as_ref().map(|end| end.actor.as_str()))
        .opt_text(|f| f.end.as_ref().map(|end| end.reason.as_str()));
    pipeline.add(sql::INSERT_FREEZE, new);
}

fn heads_and_sums<'a>(pipeline: &mut Pipeline<'a>, w: &'a Working) {
    let heads = Rows::of(w.orgs.values().map(|org| &org.head));
    let heads = heads.text(|h| &h.org_id).int(|h| h.seq).text(|h| &h.hash).int(|h| h.last.0);
    pipeline.add(sql::SAVE_HEAD, heads);
    let budgets = Rows::of(w.budgets.written())
        .text(|b| b.agent_id.as_str())
        .text(|b| state_text(b.state))
        .opt_text(|b| b.frozen_reason.as_deref())
        .int(|b| b.decisions)
        .int(|b| b.breaker_from)
        .int(|b| b.day.start.0)
        .int(|b| b.day.end.0)
        .int(|b| b.day.held)
        .int(|b| b.day.spent)
        .int(|b| b.week.start.0)
        .int(|b| b.week.end.0)
        .int(|b| b.week.held)
        .int(|b| b.week.spent)
        .int(|b| b.month.start.0)
        .int(|b| b.month.end.0)
        .int(|b| b.month.held)
        .int(|b| b.month.spent)
        .int(|b| b.lifetime.held)
        .int(|b| b.lifetime.spent);
    pipeline.add(sql::SAVE_BUDGET, budgets);
    let accounts = Rows::of(w.accounts.written())
        .text(|a| a.id.as_str())
        .text(|a| a.org_id.as_str())
        .text(|a| a.currency.as_str())
        .int(|a| a.debits_pending)
        .int(|a| a.debits_posted)
        .int(|a| a.credits_pending)
        .int(|a| a.credits_posted);
    pipeline.add(sql::SAVE_ACCOUNT, accounts);
    let past = Rows::of(w.past_written())
        .text(|p| p.agent_id.as_str())
        .text(|p| p.org_id.as_str())
        .text(|p| p.kind.as_str())
        .int(|p| p.window.start.0)
        .int(|p| p.window.end.0)
        .int(|p| p.window.held)
        .int(|p| p.window.spent);
    pipeline.add(sql::SAVE_PAST_WINDOW, past);
}

fn transactions<'a>(pipeline: &mut Pipeline<'a>, w: &'a Working) {
    let added = Rows::of(w.transactions.added().map(|t| &**t))
        .text(|t| t.id.as_str())
        .text(|t| t.org_id.as_str())
        .text(|t| t.agent_id.as_str())
        .int(|t| t.number)
        .int(|t| t.seq)
        .text(|t| t.key_id.as_ref().map_or("", bursar_base::KeyId::as_str))
        .text(|t| &t.idempotency_key)
        .text(|t| &t.fingerprint)
        .int(|t| t.amount_micros)
        .text(|t| t.currency.as_str())
        .text(|t| &t.merchant)
        .text(|t| &t.merchant_key)
        .opt_text(|t| t.payee_id.as_ref().map(bursar_base::PayeeId::as_str))
        .opt_text(|t| t.category.as_deref())
        .opt_text(|t| t.claimed_category.as_deref())
        .text(|t| &t.purpose)
        .opt_text(|t| t.context.as_deref())
        .text(|t| t.rail.as_str())
        .int(|t| t.policy_version)
        .made(decision_json)
        .text(|t| t.debit.as_str())
        .int(|t| t.day_start.0)
        .int(|t| t.week_start.0)
        .int(|t| t.month_start.0)
        .int(|t| t.created.0);
    let added = what_changes(added)
        .opt_text(|t| t.card_id.as_ref().map(bursar_base::CardId::as_str))
        .opt_int(|t| t.tolerance_micros);
    pipeline.add(sql::INSERT_TRANSACTION, added);
    let changed = Rows::of(w.transactions.changed().map(|t| &**t)).text(|t| t.id.as_str());
    let changed = what_changes(changed)
        .int(|t| t.amount_micros)
        .int(|t| t.day_start.0)
        .int(|t| t.week_start.0)
        .int(|t| t.month_start.0);
    pipeline.add(sql::SAVE_TRANSACTION, changed);
}

/// The columns that change after a transaction was made.
fn what_changes<'a>(rows: Rows<'a, Transaction>) -> Rows<'a, Transaction> {
    rows.text(|t| t.status.as_str())
        .opt_text(|t| t.reason.as_deref())
        .opt_int(|t| t.deadline.map(|at| at.0))
        .int(|t| t.held_micros)
        .int(|t| t.posted_micros)
        .int(|t| t.refunded_micros)
        .int(|t| t.disputed_micros)
        .opt_int(|t| t.attempt.map(|at| at.0))
        .opt_made(pay_with_json)
        .opt_text(|t| t.rail_reference.as_deref())
        .opt_made(other_payments_json)
        .opt_text(|t| t.charge_id.as_deref())
        .opt_text(|t| t.decided_by.as_deref())
        .opt_text(|t| t.decided_reason.as_deref())
        .opt_int(|t| t.decided.map(|at| at.0))
        .opt_int(|t| t.completed.map(|at| at.0))
        .int(|t| t.updated.0)
}

fn trail<'a>(pipeline: &mut Pipeline<'a>, w: &'a Working) {
    let events = Rows::of(&w.events)
        .text(|e| &e.org_id)
        .int(|e| e.seq)
        .int(|e| e.at.0)
        .text(|e| &e.action)
        .text(|e| &e.actor)
        .opt_text(|e| e.agent_id.as_deref())
        .opt_text(|e| e.transaction_id.as_deref())
        .opt_int(|e| e.amount_micros)
        .opt_text(|e| e.currency.as_deref())
        .text(|e| &e.detail)
        .text(|e| &e.hash)
        .opt_text(|e| e.held_from.as_deref())
        .opt_text(|e| e.held_for.as_deref());
    pipeline.add(sql::INSERT_EVENT, events);
    let transfers = Rows::of(&w.transfers)
        .text(|t| t.org_id.as_str())
        .int(|t| t.seq)
        .int(|t| t.part)
        .text(|t| t.kind.as_str())
        .opt_text(|t| t.transaction_id.as_deref())
        .text(|t| t.debit.as_str())
        .text(|t| t.credit.as_str())
        .int(|t| t.micros)
        .text(|t| t.currency.as_str())
        .int(|t| t.at.0);
    pipeline.add(sql::INSERT_TRANSFER, transfers);
}

fn rest<'a>(pipeline: &mut Pipeline<'a>, w: &'a Working) {
    let jobs = Rows::of(&w.jobs)
        .text(|(id, _)| id.as_str())
        .text(|(_, job)| &job.org_id)
        .text(|(_, job)| job.kind)
        .text(|(_, job)| &job.payload)
        .int(|(_, job)| job.run_at.0)
        .opt_text(|(_, job)| job.dedupe_key.as_deref())
        .int(|(_, job)| job.run_at.0);
    pipeline.add(sql::INSERT_JOB, jobs);
    let purchases = Rows::of(w.purchases.written())
        .text(|p| p.agent_id.as_str())
        .text(|p| &p.mark)
        .text(|p| p.transaction_id.as_str())
        .int(|p| p.at.0);
    pipeline.add(sql::SAVE_PURCHASE, purchases);
    let refunds = Rows::of(w.refunds.written())
        .text(|r| &r.id)
        .text(|r| r.org_id.as_str())
        .text(|r| r.transaction_id.as_str())
        .int(|r| r.micros)
        .text(|r| r.status.as_str())
        .text(|r| &r.idempotency_key)
        .text(|r| &r.actor)
        .text(|r| &r.reason)
        .opt_text(|r| r.rail_reference.as_deref())
        .int(|r| r.created.0)
        .opt_int(|r| r.completed.map(|at| at.0));
    pipeline.add(sql::SAVE_REFUND, refunds);
    let authorizations = Rows::of(w.authorizations.written())
        .text(|a| &a.reference)
        .text(|a| a.org_id.as_str())
        .text(|a| a.agent_id.as_str())
        .text(|a| a.card_id.as_str())
        .text(|a| a.transaction_id.as_str())
        .made(|a| map_json(&a.requests))
        .made(|a| map_json(&a.captures))
        .made(|a| map_json(&a.refunds))
        .int(Authorization::captured)
        .int(Authorization::refunded)
        .int(|a| i64::from(a.ended))
        .opt_int(|a| a.allowed.map(|at| at.0))
        .int(|a| a.created.0)
        .int(|a| a.updated.0);
    pipeline.add(sql::SAVE_AUTHORIZATION, authorizations);
    let votes = Rows::of(w.votes.added())
        .text(|v| v.transaction_id.as_str())
        .text(|v| v.member_id.as_str())
        .text(|v| v.org_id.as_str())
        .text(|v| &v.actor)
        .opt_text(|v| v.reason.as_deref())
        .int(|v| v.at.0);
    pipeline.add(sql::INSERT_VOTE, votes);
    let receipts = Rows::of(w.receipts.written())
        .text(|r| &r.reference)
        .text(|r| r.org_id.as_str())
        .opt_text(|r| r.agent_id.as_ref().map(bursar_base::AgentId::as_str))
        .text(|r| r.wallet.as_str())
        .text(|r| &r.about)
        .int(|r| r.micros)
        .text(|r| r.currency.as_str())
        .int(|r| r.seq)
        .int(|r| r.refunded_micros)
        .int(|r| r.disputed_micros)
        .int(|r| r.received.0)
        .int(|r| r.returned_micros);
    pipeline.add(sql::SAVE_RECEIPT, receipts);
}
