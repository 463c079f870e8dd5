//! The sums' statements. All only read.

/// Adds up what left within a stretch of time, by one column of a transaction, the most first.
macro_rules! spent_by {
    ($key:literal, $name:literal) => {
        concat!(
            "SELECT ", $key, " AS key, ", $name, " AS name, t.currency, COUNT(*) AS payments, \
            CAST(SUM(t.posted_micros) AS BIGINT) AS posted, CAST(SUM(t.refunded_micros) AS BIGINT) AS refunded \
            FROM transactions t JOIN agents a ON a.id = t.agent_id \
            WHERE a.org_id = $1 AND t.created_us >= $2 AND t.created_us < $3 AND t.posted_micros > 0 \
            AND ($4 = '' OR t.agent_id = $4) GROUP BY ", $key, ", t.currency ORDER BY posted DESC, key LIMIT $5"
        )
    };
}

bursar_store::statements! {
    /// By the org's days, as the agents' windows counted it: a few rows an agent, however much was paid.
    BY_DAY = "SELECT CAST(start_us AS TEXT) AS key, '' AS name, currency, CAST(NULL AS BIGINT) AS payments, \
        CAST(SUM(spent) AS BIGINT) AS posted, CAST(NULL AS BIGINT) AS refunded FROM (\
        SELECT b.day_start_us AS start_us, b.currency, b.day_spent AS spent FROM agents a \
        JOIN budgets b ON b.agent_id = a.id WHERE a.org_id = $1 AND ($4 = '' OR a.id = $4) \
        UNION ALL SELECT w.start_us, b.currency, w.spent FROM agents a JOIN budgets b ON b.agent_id = a.id \
        JOIN past_windows w ON w.agent_id = a.id AND w.kind = 'day' AND w.start_us >= $2 AND w.start_us < $3 \
        WHERE a.org_id = $1 AND ($4 = '' OR a.id = $4)) d \
        WHERE start_us >= $2 AND start_us < $3 AND spent > 0 GROUP BY start_us, currency ORDER BY start_us DESC LIMIT $5";
    /// By agent.
    BY_AGENT = spent_by!("t.agent_id", "MAX(a.name)");
    /// By merchant, however it was written.
    BY_MERCHANT = spent_by!("t.merchant_key", "MAX(t.merchant)");
    /// By category; an empty text is none.
    BY_CATEGORY = spent_by!("COALESCE(t.category, '')", "''");
    /// By rail.
    BY_RAIL = spent_by!("t.rail", "''");
}
