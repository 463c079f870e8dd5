//! The funnel's statements on PostgreSQL: one per table and batch. Their twins stand in `../sqlite/sql.rs`.
//!
//! Rows travel as one array per column, in the order of the table's columns.

bursar_store::statements! {
    /// How this connection plans. Every statement here finds rows by a key or writes new ones: planned once, always by
    /// index, because a plan made while a table was small must not read all of it when it has grown.
    PLANS = "SELECT set_config('plan_cache_mode', 'force_generic_plan', false), \
        set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false), \
        set_config('enable_mergejoin', 'off', false), set_config('jit', 'off', false)";
    /// Locks the heads in the order of their ids.
    LOCK_HEADS = "SELECT org_id FROM heads WHERE org_id = ANY($1) ORDER BY org_id FOR UPDATE";
    /// The heads that nobody has locked; outside of a transaction they stay so.
    UNLOCKED_HEADS = "SELECT org_id FROM heads WHERE org_id = ANY($1) FOR UPDATE SKIP LOCKED";
    /// Orgs and the heads of their chains.
    ORG = "SELECT o.id, o.mode, o.time_zone, o.currency, o.stripe_customer, o.stripe_payment_method, \
        o.payees_version, o.frozen_us, h.seq, h.hash, h.last_us FROM orgs o JOIN heads h ON h.org_id = o.id WHERE o.id = \
        ANY($1)";
    /// Uses up nonces; returns those that were not there.
    INSERT_NONCE = "INSERT INTO nonces (created_us, key_id, nonce) SELECT * FROM unnest($1::bigint[], $2::text[], \
        $3::text[]) ON CONFLICT DO NOTHING RETURNING created_us, key_id, nonce";
    /// By id.
    TRANSACTION = "SELECT * FROM transactions WHERE id = ANY($1)";
    /// By idempotency key. The agent is compared in a way that only the index on keys can serve: with few rows to judge by,
    /// PostgreSQL may otherwise take the one on agents, and read all that an agent ever asked for.
    BY_KEY = "SELECT t.* FROM unnest($1::text[], $2::text[]) AS k (key, agent) \
        JOIN transactions t ON t.idempotency_key = k.key AND t.agent_id || '' = k.agent";
    /// Of these agents.
    BUDGET = "SELECT * FROM budgets WHERE agent_id = ANY($1)";
    /// Keys' validity.
    KEY = "SELECT id, revoked_us, expires_us FROM keys WHERE id = ANY($1)";
    /// Accounts' sums.
    ACCOUNT = "SELECT * FROM accounts WHERE id = ANY($1)";
    /// Policies' documents.
    POLICY = "SELECT p.agent_id, p.version, p.document FROM unnest($1::text[], $2::bigint[]) AS k (agent, version) \
        JOIN policies p ON p.agent_id = k.agent AND p.version = k.version";
    /// Orgs' payees.
    PAYEES = "SELECT id, org_id, merchant_key, category, stripe_account FROM payees WHERE org_id = ANY($1)";
    /// When decisions were made.
    NUMBERS = "SELECT t.agent_id, t.number, t.created_us FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS k \
        (agent, first, last) JOIN transactions t ON t.agent_id = k.agent AND t.number BETWEEN k.first AND k.last";
    /// The newest purchases of their kind.
    PURCHASE = "SELECT p.* FROM unnest($1::text[], $2::text[]) AS k (agent, mark) JOIN purchases p ON p.agent_id = \
        k.agent AND p.mark = k.mark";
    /// Windows that have ended.
    PAST_WINDOW = "SELECT w.* FROM unnest($1::text[], $2::text[], $3::bigint[]) AS k (agent, kind, start) JOIN past_windows \
        w ON w.agent_id = k.agent AND w.kind = k.kind AND w.start_us = k.start";
    /// The refunds of transactions.
    REFUNDS = "SELECT * FROM refunds WHERE transaction_id = ANY($1)";
    /// Receipts.
    RECEIPT = "SELECT * FROM receipts WHERE reference = ANY($1)";
    /// Cards' owners and states.
    CARD = "SELECT id, org_id, agent_id, status, merchant FROM cards WHERE id = ANY($1)";
    /// Card authorisations.
    AUTHORIZATION = "SELECT * FROM authorizations WHERE reference = ANY($1)";
    /// The reservations of agents at merchants that can still be taken up.
    RESERVED = "SELECT t.* FROM unnest($1::text[], $2::text[]) AS k (agent, merchant) JOIN transactions t \
        ON t.agent_id = k.agent AND t.merchant_key = k.merchant \
        WHERE t.tolerance_micros IS NOT NULL AND t.status IN ('pending', 'approved')";
    /// The members of orgs who can decide.
    DECIDERS = "SELECT id, org_id FROM members WHERE org_id = ANY($1) AND role IN ('owner', 'approver')";
    /// The votes for transactions.
    VOTES = "SELECT * FROM votes WHERE transaction_id = ANY($1)";
    /// The fences of jobs, locked until the result is written.
    FENCE = "SELECT id, fence FROM jobs WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    /// Writes heads back.
    SAVE_HEAD = "UPDATE heads h SET seq = r.seq, hash = r.hash, last_us = r.last_us FROM unnest($1::text[], $2::bigint[], \
        $3::text[], $4::bigint[]) AS r (org_id, seq, hash, last_us) WHERE h.org_id = r.org_id";
    /// Since when all of these orgs are frozen, if they are.
    SAVE_ORG_FROZEN = "UPDATE orgs o SET frozen_us = r.frozen_us FROM unnest($1::text[], $2::bigint[]) \
        AS r (id, frozen_us) WHERE o.id = r.id";
    /// Ends the freezes of agents and orgs.
    END_FREEZE = "UPDATE freezes f SET ended_us = r.ended_us, ended_by = r.ended_by, ended_reason = r.ended_reason \
        FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[]) \
        AS r (org_id, scope, ended_us, ended_by, ended_reason) \
        WHERE f.org_id = r.org_id AND f.scope = r.scope AND f.ended_us IS NULL";
    /// Freezes.
    INSERT_FREEZE = "INSERT INTO freezes (id, org_id, scope, reason, actor, seq, frozen_us, ended_us, ended_by, \
        ended_reason) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], \
        $7::bigint[], $8::bigint[], $9::text[], $10::text[])";
    /// Writes budgets back.
    SAVE_BUDGET = "UPDATE budgets b SET state = r.state, frozen_reason = r.frozen_reason, decisions = r.decisions, \
        breaker_from = r.breaker_from, day_start_us = r.day_start_us, day_end_us = r.day_end_us, day_held = \
        r.day_held, day_spent = r.day_spent, week_start_us = r.week_start_us, week_end_us = r.week_end_us, \
        week_held = r.week_held, week_spent = r.week_spent, month_start_us = r.month_start_us, month_end_us = \
        r.month_end_us, month_held = r.month_held, month_spent = r.month_spent, lifetime_held = r.lifetime_held, \
        lifetime_spent = r.lifetime_spent FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], \
        $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], \
        $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], \
        $19::bigint[]) AS r (agent_id, state, frozen_reason, decisions, breaker_from, day_start_us, day_end_us, \
        day_held, day_spent, week_start_us, week_end_us, week_held, week_spent, month_start_us, month_end_us, \
        month_held, month_spent, lifetime_held, lifetime_spent) WHERE b.agent_id = r.agent_id";
    /// Writes accounts' sums.
    SAVE_ACCOUNT = "INSERT INTO accounts SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], \
        $5::bigint[], $6::bigint[], $7::bigint[]) ON CONFLICT (id) DO UPDATE SET debits_pending = \
        excluded.debits_pending, debits_posted = excluded.debits_posted, credits_pending = \
        excluded.credits_pending, credits_posted = excluded.credits_posted";
    /// Writes windows that have ended.
    SAVE_PAST_WINDOW = "INSERT INTO past_windows SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], \
        $5::bigint[], $6::bigint[], $7::bigint[]) ON CONFLICT (agent_id, kind, start_us) DO UPDATE SET held = \
        excluded.held, spent = excluded.spent";
    /// New transactions.
    INSERT_TRANSACTION = "INSERT INTO transactions SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], \
        $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[], $12::text[], \
        $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::bigint[], \
        $20::text[], $21::text[], $22::bigint[], $23::bigint[], $24::bigint[], $25::bigint[], $26::text[], \
        $27::text[], $28::bigint[], $29::bigint[], $30::bigint[], $31::bigint[], $32::bigint[], $33::bigint[], \
        $34::text[], $35::text[], $36::text[], $37::text[], $38::text[], $39::text[], $40::bigint[], \
        $41::bigint[], $42::bigint[], $43::text[], $44::bigint[])";
    /// What changes of transactions.
    SAVE_TRANSACTION = "UPDATE transactions t SET status = r.status, reason = r.reason, deadline_us = r.deadline_us, held_micros \
        = r.held_micros, posted_micros = r.posted_micros, refunded_micros = r.refunded_micros, disputed_micros = \
        r.disputed_micros, attempt_us = r.attempt_us, pay_with = r.pay_with, rail_reference = r.rail_reference, \
        other_payments = r.other_payments, charge_id = r.charge_id, decided_by = r.decided_by, decided_reason = \
        r.decided_reason, decided_us = r.decided_us, completed_us = r.completed_us, updated_us = r.updated_us, \
        amount_micros = r.amount_micros, day_start_us = r.day_start_us, week_start_us = r.week_start_us, \
        month_start_us = r.month_start_us \
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], \
        $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], \
        $15::text[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[], \
        $22::bigint[]) AS r (id, status, reason, deadline_us, \
        held_micros, posted_micros, refunded_micros, disputed_micros, attempt_us, pay_with, rail_reference, \
        other_payments, charge_id, decided_by, decided_reason, decided_us, completed_us, updated_us, amount_micros, day_start_us, \
        week_start_us, month_start_us) WHERE t.id = r.id";
    /// Transfers.
    INSERT_TRANSFER = "INSERT INTO transfers SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], \
        $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[], $10::bigint[])";
    /// Audit entries.
    INSERT_EVENT = "INSERT INTO events SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], \
        $6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])";
    /// Jobs; one whose key is known begins anew, at the earlier time.
    INSERT_JOB = "INSERT INTO jobs (id, org_id, kind, payload, run_at_us, dedupe_key, created_us, state) SELECT r.*, \
        'ready' FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], \
        $7::bigint[]) r ON CONFLICT (dedupe_key) WHERE dedupe_key IS NOT NULL DO UPDATE SET state = 'ready', \
        run_at_us = CASE WHEN jobs.lease_until_us = 0 AND jobs.state = 'ready' AND jobs.run_at_us < excluded.run_at_us \
        THEN jobs.run_at_us ELSE excluded.run_at_us END, fence = jobs.fence + 1, lease_until_us = 0, attempts = 0";
    /// Jobs that are done; returns those that were still owned.
    FINISH_JOB = "DELETE FROM jobs j USING unnest($1::text[], $2::bigint[]) AS d (id, fence) WHERE j.id = d.id AND j.fence \
        = d.fence RETURNING j.id";
    /// Jobs that are done for now, and whose workers are not at them any more; returns those that were still owned.
    POSTPONE_JOB = "UPDATE jobs j SET run_at_us = d.run_at, lease_until_us = 0, attempts = 0, last_error = NULL, \
        fence = j.fence + 1 FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS d (id, fence, run_at) WHERE j.id = d.id \
        AND j.fence = d.fence RETURNING j.id";
    /// The newest purchases of their kind.
    SAVE_PURCHASE = "INSERT INTO purchases SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) ON CONFLICT \
        (agent_id, mark) DO UPDATE SET transaction_id = excluded.transaction_id, at_us = excluded.at_us";
    /// Refunds.
    SAVE_REFUND = "INSERT INTO refunds SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], \
        $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[]) ON CONFLICT (id) DO UPDATE \
        SET status = excluded.status, rail_reference = excluded.rail_reference, completed_us = \
        excluded.completed_us";
    /// Card authorisations.
    SAVE_AUTHORIZATION = "INSERT INTO authorizations SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], \
        $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], \
        $13::bigint[], $14::bigint[]) ON CONFLICT (reference) DO UPDATE SET transaction_id = excluded.transaction_id, \
        requests = excluded.requests, captures = excluded.captures, refunds = excluded.refunds, \
        captured_micros = excluded.captured_micros, refunded_micros = excluded.refunded_micros, \
        ended = excluded.ended, allowed_us = excluded.allowed_us, updated_us = excluded.updated_us";
    /// Votes.
    INSERT_VOTE = "INSERT INTO votes SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], \
        $6::bigint[])";
    /// Receipts.
    SAVE_RECEIPT = "INSERT INTO receipts SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], \
        $6::bigint[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[]) \
        ON CONFLICT (reference) DO UPDATE SET refunded_micros = excluded.refunded_micros, \
        disputed_micros = excluded.disputed_micros, returned_micros = excluded.returned_micros";
}
