//! Exposure's statements. All only read.

bursar_store::statements! {
    /// An org's open holds: those that a rail was called for, and those that wait, each of which has its job.
    OPEN_HOLDS = "SELECT agent_id, status, rail, held_micros, day_start_us, week_start_us, month_start_us, created_us \
        FROM transactions WHERE status IN ('executing', 'unknown') AND org_id = $1 \
        UNION ALL SELECT t.agent_id, t.status, t.rail, t.held_micros, t.day_start_us, t.week_start_us, t.month_start_us, \
        t.created_us FROM transactions t WHERE t.org_id = $1 AND t.status IN ('pending', 'approved') \
        AND t.id IN (SELECT payload FROM jobs WHERE org_id = $1 AND kind IN ('execute', 'expire'))";
    /// What left since then that was never held.
    FORCED = "SELECT COUNT(*) AS captures, CAST(COALESCE(SUM(amount_micros), 0) AS BIGINT) AS micros FROM cases \
        WHERE org_id = $1 AND kind = 'forced_capture' AND created_us >= $2";
}
