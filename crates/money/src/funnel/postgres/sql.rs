//! The funnel's statements on PostgreSQL: one per table and batch. Their twins stand in `../sqlite/sql.rs`.
//!
//! Rows travel as one JSON array, which PostgreSQL unfolds by column name.

bursar_store::statements! {
    /// Locks the heads in the order of their ids.
    LOCK_HEADS = "SELECT org_id FROM heads WHERE org_id = ANY($1) ORDER BY org_id FOR UPDATE";
    /// Orgs and the heads of their chains.
    ORG = "SELECT o.id, o.mode, o.time_zone, o.currency, o.stripe_customer, o.stripe_payment_method, o.payees_version, h.seq, h.hash, \
        h.last_us FROM orgs o JOIN heads h ON h.org_id = o.id WHERE o.id = ANY($1)";
    /// Uses up nonces; returns those that were not there.
    INSERT_NONCE = "INSERT INTO nonces (created_us, key_id, nonce) SELECT * FROM unnest($1::bigint[], $2::text[], \
        $3::text[]) ON CONFLICT DO NOTHING RETURNING created_us, key_id, nonce";
    /// By id.
    TRANSACTION = "SELECT * FROM transactions WHERE id = ANY($1)";
    /// By idempotency key.
    BY_KEY = "SELECT t.* FROM unnest($1::text[], $2::text[]) AS k (key, agent) \
        JOIN transactions t ON t.idempotency_key = k.key AND t.agent_id = k.agent";
    /// Of these agents.
    BUDGET = "SELECT * FROM budgets WHERE agent_id = ANY($1)";
    /// Keys' validity.
    KEY = "SELECT id, revoked_us, expires_us FROM keys WHERE id = ANY($1)";
    /// Accounts' sums.
    ACCOUNT = "SELECT * FROM accounts WHERE id = ANY($1)";
    /// A policy's document.
    POLICY = "SELECT document FROM policies WHERE agent_id = $1 AND version = $2";
    /// An org's payees.
    PAYEES = "SELECT id, merchant_key, category, stripe_account FROM payees WHERE org_id = $1";
    /// When decisions were made.
    NUMBERS = "SELECT number, created_us FROM transactions WHERE agent_id = $1 AND number BETWEEN $2 AND $3";
    /// The newest purchase of a kind.
    PURCHASE = "SELECT * FROM purchases WHERE agent_id = $1 AND mark = $2";
    /// A window that has ended.
    PAST_WINDOW = "SELECT * FROM past_windows WHERE agent_id = $1 AND kind = $2 AND start_us = $3";
    /// The refunds of a transaction.
    REFUNDS = "SELECT * FROM refunds WHERE transaction_id = $1";
    /// The fences of jobs, locked until the result is written.
    FENCE = "SELECT id, fence FROM jobs WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    /// Writes heads back.
    SAVE_HEAD = "UPDATE heads h SET seq = r.seq, hash = r.hash, last_us = r.last_us \
        FROM json_populate_recordset(NULL::heads, $1::json) r WHERE h.org_id = r.org_id";
    /// Writes budgets back.
    SAVE_BUDGET = "UPDATE budgets b SET state = r.state, frozen_reason = r.frozen_reason, decisions = r.decisions, \
        breaker_from = r.breaker_from, day_start_us = r.day_start_us, day_end_us = r.day_end_us, \
        day_held = r.day_held, day_spent = r.day_spent, week_start_us = r.week_start_us, \
        week_end_us = r.week_end_us, week_held = r.week_held, week_spent = r.week_spent, \
        month_start_us = r.month_start_us, month_end_us = r.month_end_us, month_held = r.month_held, \
        month_spent = r.month_spent, lifetime_held = r.lifetime_held, lifetime_spent = r.lifetime_spent \
        FROM json_populate_recordset(NULL::budgets, $1::json) r WHERE b.agent_id = r.agent_id";
    /// Writes accounts' sums.
    SAVE_ACCOUNT = "INSERT INTO accounts SELECT * FROM json_populate_recordset(NULL::accounts, $1::json) \
        ON CONFLICT (id) DO UPDATE SET debits_pending = excluded.debits_pending, \
        debits_posted = excluded.debits_posted, credits_pending = excluded.credits_pending, \
        credits_posted = excluded.credits_posted";
    /// Writes windows that have ended.
    SAVE_PAST_WINDOW = "INSERT INTO past_windows SELECT * FROM json_populate_recordset(NULL::past_windows, $1::json) \
        ON CONFLICT (agent_id, kind, start_us) DO UPDATE SET held = excluded.held, spent = excluded.spent";
    /// New transactions.
    INSERT_TRANSACTION = "INSERT INTO transactions \
        SELECT * FROM json_populate_recordset(NULL::transactions, $1::json)";
    /// What changes of transactions.
    SAVE_TRANSACTION = "UPDATE transactions t SET status = r.status, reason = r.reason, deadline_us = r.deadline_us, \
        held_micros = r.held_micros, posted_micros = r.posted_micros, refunded_micros = r.refunded_micros, \
        disputed_micros = r.disputed_micros, attempt_us = r.attempt_us, pay_with = r.pay_with, other_payments = r.other_payments, rail_reference = r.rail_reference, \
        charge_id = r.charge_id, decided_by = r.decided_by, decided_reason = r.decided_reason, \
        decided_us = r.decided_us, completed_us = r.completed_us, updated_us = r.updated_us \
        FROM json_populate_recordset(NULL::transactions, $1::json) r WHERE t.id = r.id";
    /// Transfers.
    INSERT_TRANSFER = "INSERT INTO transfers SELECT * FROM json_populate_recordset(NULL::transfers, $1::json)";
    /// Audit entries.
    INSERT_EVENT = "INSERT INTO events SELECT * FROM json_populate_recordset(NULL::events, $1::json)";
    /// Jobs.
    INSERT_JOB = "INSERT INTO jobs (id, org_id, kind, payload, state, run_at_us, dedupe_key, created_us) \
        SELECT id, org_id, kind, payload, 'ready', run_at_us, dedupe_key, created_us \
        FROM json_populate_recordset(NULL::jobs, $1::json)";
    /// Jobs that are done.
    FINISH_JOB = "DELETE FROM jobs j USING unnest($1::text[], $2::bigint[]) AS d (id, fence) \
        WHERE j.id = d.id AND j.fence = d.fence";
    /// The newest purchases of their kind.
    SAVE_PURCHASE = "INSERT INTO purchases SELECT * FROM json_populate_recordset(NULL::purchases, $1::json) \
        ON CONFLICT (agent_id, mark) DO UPDATE SET transaction_id = excluded.transaction_id, at_us = excluded.at_us";
    /// Refunds.
    SAVE_REFUND = "INSERT INTO refunds SELECT * FROM json_populate_recordset(NULL::refunds, $1::json) \
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, rail_reference = excluded.rail_reference, \
        completed_us = excluded.completed_us";
}
