//! The funnel's statements on SQLite. Their twins stand in `../postgres/sql.rs` under the same names.

bursar_store::statements! {
    /// An org and the head of its chain.
    ORG = "SELECT o.id, o.mode, o.time_zone, o.currency, o.stripe_customer, o.stripe_payment_method, o.payees_version, o.frozen_us, h.seq, h.hash, \
        h.last_us FROM orgs o JOIN heads h ON h.org_id = o.id WHERE o.id = ?1";
    /// Uses up a nonce; touches no row when it was used before.
    INSERT_NONCE = "INSERT INTO nonces (created_us, key_id, nonce) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    /// By id.
    TRANSACTION = "SELECT * FROM transactions WHERE id = ?1";
    /// By idempotency key.
    BY_KEY = "SELECT * FROM transactions WHERE idempotency_key = ?1 AND agent_id = ?2";
    /// One agent's.
    BUDGET = "SELECT * FROM budgets WHERE agent_id = ?1";
    /// A key's validity.
    KEY = "SELECT id, revoked_us, expires_us FROM keys WHERE id = ?1";
    /// An account's sums.
    ACCOUNT = "SELECT * FROM accounts WHERE id = ?1";
    /// A policy's document.
    POLICY = "SELECT agent_id, version, document FROM policies WHERE agent_id = ?1 AND version = ?2";
    /// An org's payees.
    PAYEES = "SELECT id, org_id, merchant_key, category, stripe_account FROM payees WHERE org_id = ?1";
    /// When decisions were made.
    NUMBERS = "SELECT agent_id, number, created_us FROM transactions WHERE agent_id = ?1 AND number BETWEEN ?2 AND ?3";
    /// The newest purchase of a kind.
    PURCHASE = "SELECT * FROM purchases WHERE agent_id = ?1 AND mark = ?2";
    /// A window that has ended.
    PAST_WINDOW = "SELECT * FROM past_windows WHERE agent_id = ?1 AND kind = ?2 AND start_us = ?3";
    /// The refunds of a transaction.
    REFUNDS = "SELECT * FROM refunds WHERE transaction_id = ?1";
    /// A receipt.
    RECEIPT = "SELECT * FROM receipts WHERE reference = ?1";
    /// A card's owner and state.
    CARD = "SELECT id, org_id, agent_id, status, merchant FROM cards WHERE id = ?1";
    /// A card authorisation.
    AUTHORIZATION = "SELECT * FROM authorizations WHERE reference = ?1";
    /// The reservations of an agent at a merchant that can still be taken up.
    RESERVED = "SELECT * FROM transactions WHERE agent_id = ?1 AND merchant_key = ?2 \
        AND tolerance_micros IS NOT NULL AND status IN ('pending', 'approved')";
    /// The members of an org who can decide.
    DECIDERS = "SELECT id, org_id FROM members WHERE org_id = ?1 AND role IN ('owner', 'approver')";
    /// The votes for a transaction.
    VOTES = "SELECT * FROM votes WHERE transaction_id = ?1";
    /// A job's fence.
    FENCE = "SELECT id, fence FROM jobs WHERE id = ?1";
    /// Writes a head back.
    SAVE_HEAD = "UPDATE heads SET seq = ?2, hash = ?3, last_us = ?4 WHERE org_id = ?1";
    /// Since when all of an org is frozen, if it is.
    SAVE_ORG_FROZEN = "UPDATE orgs SET frozen_us = ?2 WHERE id = ?1";
    /// Ends the freeze of an agent or an org.
    END_FREEZE = "UPDATE freezes SET ended_us = ?3, ended_by = ?4, ended_reason = ?5 \
        WHERE org_id = ?1 AND scope = ?2 AND ended_us IS NULL";
    /// A freeze.
    INSERT_FREEZE = "INSERT INTO freezes (id, org_id, scope, reason, actor, seq, frozen_us, ended_us, ended_by, \
        ended_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    /// Writes a budget back.
    SAVE_BUDGET = "UPDATE budgets SET state = ?2, frozen_reason = ?3, decisions = ?4, breaker_from = ?5, \
        day_start_us = ?6, day_end_us = ?7, day_held = ?8, day_spent = ?9, \
        week_start_us = ?10, week_end_us = ?11, week_held = ?12, week_spent = ?13, \
        month_start_us = ?14, month_end_us = ?15, month_held = ?16, month_spent = ?17, \
        lifetime_held = ?18, lifetime_spent = ?19 WHERE agent_id = ?1";
    /// Writes an account's sums.
    SAVE_ACCOUNT = "INSERT INTO accounts (id, org_id, currency, debits_pending, debits_posted, credits_pending, \
        credits_posted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET debits_pending = ?4, \
        debits_posted = ?5, credits_pending = ?6, credits_posted = ?7";
    /// Writes a window that has ended.
    SAVE_PAST_WINDOW = "INSERT INTO past_windows (agent_id, org_id, kind, start_us, end_us, held, spent) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (agent_id, kind, start_us) DO UPDATE SET held = ?6, spent = ?7";
    /// A new transaction.
    INSERT_TRANSACTION = "INSERT INTO transactions (id, org_id, agent_id, number, seq, key_id, idempotency_key, fingerprint, \
        amount_micros, currency, merchant, merchant_key, payee_id, category, claimed_category, purpose, context, rail, \
        policy_version, decision, debit_account, day_start_us, week_start_us, \
        month_start_us, created_us, status, reason, deadline_us, held_micros, posted_micros, refunded_micros, \
        disputed_micros, attempt_us, pay_with, rail_reference, other_payments, charge_id, decided_by, \
        decided_reason, decided_us, completed_us, updated_us, card_id, tolerance_micros) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, \
        ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41, ?42, ?43, ?44)";
    /// What changes of a transaction.
    SAVE_TRANSACTION = "UPDATE transactions SET status = ?2, reason = ?3, deadline_us = ?4, held_micros = ?5, \
        posted_micros = ?6, refunded_micros = ?7, disputed_micros = ?8, attempt_us = ?9, rail_reference = ?10, \
        charge_id = ?11, decided_by = ?12, decided_reason = ?13, decided_us = ?14, completed_us = ?15, \
        updated_us = ?16, pay_with = ?17, other_payments = ?18, amount_micros = ?19, \
        day_start_us = ?20, week_start_us = ?21, month_start_us = ?22 WHERE id = ?1";
    /// A transfer.
    INSERT_TRANSFER = "INSERT INTO transfers (org_id, seq, part, kind, transaction_id, debit_account, credit_account, \
        amount_micros, currency, at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    /// An audit entry.
    INSERT_EVENT = "INSERT INTO events (org_id, seq, at_us, action, actor, agent_id, transaction_id, amount_micros, \
        currency, detail, hash, held_from, held_for) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    /// A job; one whose key is known begins anew, at the earlier time.
    INSERT_JOB = "INSERT INTO jobs (id, org_id, kind, payload, state, run_at_us, dedupe_key, created_us) \
        VALUES (?1, ?2, ?3, ?4, 'ready', ?5, ?6, ?7) ON CONFLICT (dedupe_key) WHERE dedupe_key IS NOT NULL DO UPDATE SET state = 'ready', \
        run_at_us = CASE WHEN jobs.lease_until_us = 0 AND jobs.state = 'ready' AND jobs.run_at_us < excluded.run_at_us \
        THEN jobs.run_at_us ELSE excluded.run_at_us END, fence = jobs.fence + 1, lease_until_us = 0, attempts = 0";
    /// A job that is done.
    FINISH_JOB = "DELETE FROM jobs WHERE id = ?1 AND fence = ?2";
    /// A job that is done for now; whoever was at it is not any more.
    POSTPONE_JOB = "UPDATE jobs SET run_at_us = ?3, lease_until_us = 0, attempts = 0, last_error = NULL, \
        fence = fence + 1 WHERE id = ?1 AND fence = ?2";
    /// The newest purchase of a kind.
    SAVE_PURCHASE = "INSERT INTO purchases (agent_id, mark, transaction_id, at_us) VALUES (?1, ?2, ?3, ?4) \
        ON CONFLICT (agent_id, mark) DO UPDATE SET transaction_id = ?3, at_us = ?4";
    /// A refund.
    SAVE_REFUND = "INSERT INTO refunds (id, org_id, transaction_id, amount_micros, status, idempotency_key, actor, \
        reason, rail_reference, created_us, completed_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
        ON CONFLICT (id) DO UPDATE SET status = ?5, rail_reference = ?9, completed_us = ?11";
    /// A card authorisation.
    SAVE_AUTHORIZATION = "INSERT INTO authorizations (reference, org_id, agent_id, card_id, transaction_id, requests, \
        captures, refunds, captured_micros, refunded_micros, ended, allowed_us, created_us, updated_us) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (reference) DO UPDATE SET \
        transaction_id = ?5, requests = ?6, captures = ?7, refunds = ?8, captured_micros = ?9, refunded_micros = ?10, \
        ended = ?11, allowed_us = ?12, updated_us = ?14";
    /// A vote.
    INSERT_VOTE = "INSERT INTO votes (transaction_id, member_id, org_id, actor, reason, at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    /// A receipt.
    SAVE_RECEIPT = "INSERT INTO receipts (reference, org_id, agent_id, wallet, about, amount_micros, currency, seq, \
        refunded_micros, disputed_micros, received_us, returned_micros) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
        ON CONFLICT (reference) DO UPDATE SET refunded_micros = ?9, disputed_micros = ?10, returned_micros = ?12";
}
