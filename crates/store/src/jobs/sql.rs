//! The job table's statements. Claiming cannot be one text: SQLite has no `SKIP LOCKED` and needs none.

crate::statements! {
    /// One new job.
    INSERT_JOB = "INSERT INTO jobs (id, org_id, kind, payload, state, run_at_us, dedupe_key, created_us) \
        VALUES ($1, $2, $3, $4, 'ready', $5, $6, $7) ON CONFLICT DO NOTHING";
    /// One new job, or an end to what is done about the one with this key: it begins anew, at the earlier time.
    INSERT_OR_RESTART_JOB = "INSERT INTO jobs (id, org_id, kind, payload, state, run_at_us, dedupe_key, created_us) \
        VALUES ($1, $2, $3, $4, 'ready', $5, $6, $7) ON CONFLICT (dedupe_key) WHERE dedupe_key IS NOT NULL DO UPDATE SET state = 'ready', \
        run_at_us = CASE WHEN jobs.lease_until_us = 0 AND jobs.state = 'ready' AND jobs.run_at_us < excluded.run_at_us \
        THEN jobs.run_at_us ELSE excluded.run_at_us END, fence = jobs.fence + 1, lease_until_us = 0, attempts = 0";
    /// Takes what is due, under the write lock.
    CLAIM_SQLITE = "UPDATE jobs SET lease_until_us = $2, run_at_us = $2, fence = fence + 1, attempts = attempts + 1 \
        WHERE id IN (SELECT id FROM jobs WHERE state = 'ready' AND kind <> 'webhook' AND run_at_us <= $1 \
        ORDER BY run_at_us LIMIT $3) RETURNING id, org_id, kind, payload, attempts, fence";
    /// Takes what is due and nobody else is taking.
    CLAIM_POSTGRES = "UPDATE jobs SET lease_until_us = $2, run_at_us = $2, fence = fence + 1, attempts = attempts + 1 \
        WHERE id IN (SELECT id FROM jobs WHERE state = 'ready' AND kind <> 'webhook' AND run_at_us <= $1 \
        ORDER BY run_at_us LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING id, org_id, kind, payload, attempts, fence";
    /// The same of webhooks.
    CLAIM_WEBHOOKS_SQLITE = "UPDATE jobs SET lease_until_us = $2, run_at_us = $2, fence = fence + 1, \
        attempts = attempts + 1 WHERE id IN (SELECT id FROM jobs WHERE state = 'ready' AND kind = 'webhook' \
        AND run_at_us <= $1 ORDER BY run_at_us LIMIT $3) RETURNING id, org_id, kind, payload, attempts, fence";
    /// The same of webhooks.
    CLAIM_WEBHOOKS_POSTGRES = "UPDATE jobs SET lease_until_us = $2, run_at_us = $2, fence = fence + 1, \
        attempts = attempts + 1 WHERE id IN (SELECT id FROM jobs WHERE state = 'ready' AND kind = 'webhook' \
        AND run_at_us <= $1 ORDER BY run_at_us LIMIT $3 FOR UPDATE SKIP LOCKED) \
        RETURNING id, org_id, kind, payload, attempts, fence";
    /// Takes the one with this key.
    CLAIM_ONE = "UPDATE jobs SET lease_until_us = $2, run_at_us = $2, fence = fence + 1, attempts = attempts + 1 \
        WHERE dedupe_key = $1 AND state = 'ready' RETURNING id, org_id, kind, payload, attempts, fence";
    /// Whether a webhook is due.
    WEBHOOK_DUE = "SELECT id FROM jobs WHERE state = 'ready' AND kind = 'webhook' AND run_at_us <= $1 LIMIT 1";
    /// Prolongs a lease.
    HEARTBEAT = "UPDATE jobs SET lease_until_us = $3, run_at_us = $3 WHERE id = $1 AND fence = $2";
    /// Removes a finished job, if it is still ours.
    FINISH = "DELETE FROM jobs WHERE id = $1 AND fence = $2";
    /// Gives a job back.
    FAIL = "UPDATE jobs SET state = $3, run_at_us = $4, lease_until_us = 0, last_error = $5 \
        WHERE id = $1 AND fence = $2";
    /// Gives a job back until then, its attempts counted anew.
    POSTPONE = "UPDATE jobs SET run_at_us = $3, lease_until_us = 0, attempts = 0, last_error = $4 \
        WHERE id = $1 AND fence = $2";
    /// Makes a job that nobody owns due now, be it a dead letter.
    HASTEN = "UPDATE jobs SET state = 'ready', run_at_us = $2, attempts = 0 \
        WHERE dedupe_key = $1 AND lease_until_us <= $2";
    /// Jobs for people to look at.
    LIST = "SELECT id, org_id, kind, payload, state, run_at_us, attempts, last_error FROM jobs WHERE state = $1 \
        ORDER BY id LIMIT $2";
    /// Whether a job of this kind and payload is still to be done.
    IS_READY = "SELECT id FROM jobs WHERE kind = $1 AND payload = $2 AND state = 'ready' LIMIT 1";
    /// Ends every lease, for a store whose workers are all gone.
    END_LEASES = "UPDATE jobs SET lease_until_us = 0, run_at_us = $1 WHERE state = 'ready' AND lease_until_us > $1";
    /// For the metrics.
    COUNTS = "SELECT state, COUNT(*) AS jobs FROM jobs GROUP BY state";
    /// Wakes a dead letter.
    RETRY = "UPDATE jobs SET state = 'ready', run_at_us = $2, attempts = 0 WHERE id = $1 AND state = 'dead' \
        RETURNING org_id";
}
