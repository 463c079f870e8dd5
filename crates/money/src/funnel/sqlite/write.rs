//! Writing a batch's changes, a prepared statement per row.

use bursar_store::StoreError;
use rusqlite::{Connection, params};

use super::super::storage::{Answer, state_text};
use super::super::working::Working;
use super::sql;
use crate::authorizations::map_json;
use crate::transactions::{Transaction, decision_json, other_payments_json, pay_with_json};

/// Writes everything that changed.
pub fn all(c: &Connection, w: &Working) -> Answer<()> {
    heads_and_budgets(c, w)?;
    accounts_and_windows(c, w)?;
    transactions(c, w)?;
    trail(c, w)?;
    jobs(c, w)?;
    authorizations(c, w)?;
    freezes(c, w)?;
    rest(c, w)
}

fn freezes(c: &Connection, w: &Working) -> Answer<()> {
    let mut save = c.prepare_cached(sql::SAVE_ORG_FROZEN)?;
    for (org, since) in &w.orgs_frozen {
        save.execute(params![org.as_str(), since.map(|at| at.0)])?;
    }
    let mut end = c.prepare_cached(sql::END_FREEZE)?;
    for f in &w.freezes_ended {
        end.execute(params![f.org_id.as_str(), f.scope, f.at.0, f.actor, f.reason])?;
    }
    let mut insert = c.prepare_cached(sql::INSERT_FREEZE)?;
    for f in &w.freezes {
        let end = f.end.as_ref();
        insert.execute(params![
            f.id.as_str(),
            f.org_id.as_str(),
            f.scope,
            f.reason,
            f.actor,
            f.seq,
            f.at.0,
            end.map(|end| end.at.0),
            end.map(|end| &end.actor),
            end.map(|end| &end.reason),
        ])?;
    }
    Ok(())
}

fn heads_and_budgets(c: &Connection, w: &Working) -> Answer<()> {
    let mut save = c.prepare_cached(sql::SAVE_HEAD)?;
    for org in w.orgs.values() {
        let head = &org.head;
        save.execute(params![head.org_id, head.seq, head.hash, head.last.0])?;
    }
    let mut save = c.prepare_cached(sql::SAVE_BUDGET)?;
    for b in w.budgets.written() {
        save.execute(params![
            b.agent_id.as_str(),
            state_text(b.state),
            b.frozen_reason,
            b.decisions,
            b.breaker_from,
            b.day.start.0,
            b.day.end.0,
            b.day.held,
            b.day.spent,
            b.week.start.0,
            b.week.end.0,
            b.week.held,
            b.week.spent,
            b.month.start.0,
            b.month.end.0,
            b.month.held,
            b.month.spent,
            b.lifetime.held,
            b.lifetime.spent,
        ])?;
    }
    Ok(())
}

fn accounts_and_windows(c: &Connection, w: &Working) -> Answer<()> {
    let mut save = c.prepare_cached(sql::SAVE_ACCOUNT)?;
    for a in w.accounts.written() {
        save.execute(params![
            a.id.as_str(),
            a.org_id.as_str(),
            a.currency.as_str(),
            a.debits_pending,
            a.debits_posted,
            a.credits_pending,
            a.credits_posted,
        ])?;
    }
    let mut save = c.prepare_cached(sql::SAVE_PAST_WINDOW)?;
    for p in w.past_written() {
        let (agent, org, window) = (p.agent_id.as_str(), p.org_id.as_str(), &p.window);
        save.execute(params![
            agent,
            org,
            p.kind.as_str(),
            window.start.0,
            window.end.0,
            window.held,
            window.spent
        ])?;
    }
    Ok(())
}

fn transactions(c: &Connection, w: &Working) -> Answer<()> {
    let mut insert = c.prepare_cached(sql::INSERT_TRANSACTION)?;
    for t in w.transactions.added() {
        insert_transaction(&mut insert, t)?;
    }
    let mut save = c.prepare_cached(sql::SAVE_TRANSACTION)?;
    for t in w.transactions.changed() {
        save.execute(params![
            t.id.as_str(),
            t.status.as_str(),
            t.reason,
            t.deadline.map(|at| at.0),
            t.held_micros,
            t.posted_micros,
            t.refunded_micros,
            t.disputed_micros,
            t.attempt.map(|at| at.0),
            t.rail_reference,
            t.charge_id,
            t.decided_by,
            t.decided_reason,
            t.decided.map(|at| at.0),
            t.completed.map(|at| at.0),
            t.updated.0,
            pay_with_json(t),
            other_payments_json(t),
            t.amount_micros,
            t.day_start.0,
            t.week_start.0,
            t.month_start.0,
        ])?;
    }
    Ok(())
}

fn insert_transaction(insert: &mut rusqlite::CachedStatement<'_>, t: &Transaction) -> Answer<()> {
    insert.execute(params![
        t.id.as_str(),
        t.org_id.as_str(),
        t.agent_id.as_str(),
        t.number,
        t.seq,
        t.key_id.as_ref().map_or("", bursar_base::KeyId::as_str),
        t.idempotency_key,
        t.fingerprint,
        t.amount_micros,
        t.currency.as_str(),
        t.merchant,
        t.merchant_key,
        t.payee_id.as_ref().map(bursar_base::PayeeId::as_str),
        t.category,
        t.claimed_category,
        t.purpose,
        t.context,
        t.rail.as_str(),
        t.policy_version,
        decision_json(t),
        t.debit.as_str(),
        t.day_start.0,
        t.week_start.0,
        t.month_start.0,
        t.created.0,
        t.status.as_str(),
        t.reason,
        t.deadline.map(|at| at.0),
        t.held_micros,
        t.posted_micros,
        t.refunded_micros,
        t.disputed_micros,
        t.attempt.map(|at| at.0),
        pay_with_json(t),
        t.rail_reference,
        other_payments_json(t),
        t.charge_id,
        t.decided_by,
        t.decided_reason,
        t.decided.map(|at| at.0),
        t.completed.map(|at| at.0),
        t.updated.0,
        t.card_id.as_ref().map(bursar_base::CardId::as_str),
        t.tolerance_micros,
    ])?;
    Ok(())
}

fn trail(c: &Connection, w: &Working) -> Answer<()> {
    let mut insert = c.prepare_cached(sql::INSERT_EVENT)?;
    for e in &w.events {
        insert.execute(params![
            e.org_id,
            e.seq,
            e.at.0,
            e.action,
            e.actor,
            e.agent_id,
            e.transaction_id,
            e.amount_micros,
            e.currency,
            e.detail,
            e.hash,
            e.held_from,
            e.held_for,
        ])?;
    }
    let mut insert = c.prepare_cached(sql::INSERT_TRANSFER)?;
    for t in &w.transfers {
        insert.execute(params![
            t.org_id.as_str(),
            t.seq,
            t.part,
            t.kind.as_str(),
            t.transaction_id,
            t.debit.as_str(),
            t.credit.as_str(),
            t.micros,
            t.currency.as_str(),
            t.at.0,
        ])?;
    }
    Ok(())
}

fn jobs(c: &Connection, w: &Working) -> Answer<()> {
    // What is done ends first: its successor may have the same key.
    let mut finish = c.prepare_cached(sql::FINISH_JOB)?;
    for job in &w.finished {
        if finish.execute(params![job.id.as_str(), job.fence])? != 1 {
            return Err(StoreError::LeaseLost);
        }
    }
    let mut postpone = c.prepare_cached(sql::POSTPONE_JOB)?;
    for (job, run_at) in &w.postponed {
        if postpone.execute(params![job.id.as_str(), job.fence, run_at.0])? != 1 {
            return Err(StoreError::LeaseLost);
        }
    }
    let mut insert = c.prepare_cached(sql::INSERT_JOB)?;
    for (id, job) in &w.jobs {
        insert.execute(params![
            id.as_str(),
            job.org_id,
            job.kind,
            job.payload,
            job.run_at.0,
            job.dedupe_key,
            job.run_at.0
        ])?;
    }
    Ok(())
}

fn authorizations(c: &Connection, w: &Working) -> Answer<()> {
    let mut save = c.prepare_cached(sql::SAVE_AUTHORIZATION)?;
    for a in w.authorizations.written() {
        save.execute(params![
            a.reference,
            a.org_id.as_str(),
            a.agent_id.as_str(),
            a.card_id.as_str(),
            a.transaction_id.as_str(),
            map_json(&a.requests),
            map_json(&a.captures),
            map_json(&a.refunds),
            a.captured(),
            a.refunded(),
            i64::from(a.ended),
            a.allowed.map(|at| at.0),
            a.created.0,
            a.updated.0,
        ])?;
    }
    Ok(())
}

fn rest(c: &Connection, w: &Working) -> Answer<()> {
    let mut save = c.prepare_cached(sql::SAVE_PURCHASE)?;
    for p in w.purchases.written() {
        save.execute(params![p.agent_id.as_str(), p.mark, p.transaction_id.as_str(), p.at.0])?;
    }
    let mut save = c.prepare_cached(sql::SAVE_REFUND)?;
    for r in w.refunds.written() {
        save.execute(params![
            r.id,
            r.org_id.as_str(),
            r.transaction_id.as_str(),
            r.micros,
            r.status.as_str(),
            r.idempotency_key,
            r.actor,
            r.reason,
            r.rail_reference,
            r.created.0,
            r.completed.map(|at| at.0),
        ])?;
    }
    let mut insert = c.prepare_cached(sql::INSERT_VOTE)?;
    for v in w.votes.added() {
        insert.execute(params![
            v.transaction_id.as_str(),
            v.member_id.as_str(),
            v.org_id.as_str(),
            v.actor,
            v.reason,
            v.at.0,
        ])?;
    }
    let mut save = c.prepare_cached(sql::SAVE_RECEIPT)?;
    for r in w.receipts.written() {
        save.execute(params![
            r.reference,
            r.org_id.as_str(),
            r.agent_id.as_ref().map(bursar_base::AgentId::as_str),
            r.wallet.as_str(),
            r.about,
            r.micros,
            r.currency.as_str(),
            r.seq,
            r.refunded_micros,
            r.disputed_micros,
            r.received.0,
            r.returned_micros,
        ])?;
    }
    Ok(())
}
