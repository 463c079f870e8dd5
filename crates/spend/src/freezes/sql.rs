//! The freezes' statements. Beginning and ending them is the funnel's alone. `$2` is a scope: an agent's id, or the org's
//! own for all of it.

bursar_store::statements! {
    /// One, of any org: the caller checks whose it is.
    FIND = "SELECT * FROM freezes WHERE id = $1";
    /// The newest of an agent or of a whole org.
    NEWEST = "SELECT * FROM freezes WHERE org_id = $1 AND scope = $2 ORDER BY seq DESC LIMIT 1";
    /// What was found and what is left of it.
    PARTS = "SELECT part, found, remaining, note FROM freeze_parts WHERE freeze_id = $1";
    /// What there is to stop; what was found first stays.
    INSERT_PART = "INSERT INTO freeze_parts (freeze_id, part, org_id, found, remaining) VALUES ($1, $2, $3, $4, $4) \
        ON CONFLICT (freeze_id, part) DO NOTHING";
    /// What is left of it.
    SAVE_PART = "UPDATE freeze_parts SET remaining = $3, note = $4 WHERE freeze_id = $1 AND part = $2";
    /// Its job has looked once more.
    TRIED = "UPDATE freezes SET tries = tries + 1, acknowledged_us = COALESCE(acknowledged_us, $2) WHERE id = $1";
    /// Whether a whole org or one of its agents is frozen.
    IS_FROZEN = "SELECT o.frozen_us, b.state FROM orgs o LEFT JOIN budgets b ON b.org_id = o.id AND b.agent_id = $2 \
        WHERE o.id = $1";
    /// What waits for a human or for its rail, by status: each has its job.
    COUNT_WAITING = "SELECT t.status, COUNT(*) AS payments FROM transactions t WHERE t.org_id = $1 \
        AND (t.agent_id = $2 OR t.org_id = $2) AND t.status IN ('pending', 'approved') \
        AND t.id IN (SELECT payload FROM jobs WHERE org_id = $1 AND kind IN ('execute', 'expire')) GROUP BY t.status";
    /// A page of the same, oldest first.
    WAITING = "SELECT t.id FROM transactions t WHERE t.org_id = $1 AND (t.agent_id = $2 OR t.org_id = $2) \
        AND t.status IN ('pending', 'approved') AND t.id > $3 \
        AND t.id IN (SELECT payload FROM jobs WHERE org_id = $1 AND kind IN ('execute', 'expire')) \
        ORDER BY t.id LIMIT $4";
    /// What a rail was called for and has not said for certain, oldest first.
    AT_RAIL = "SELECT id, agent_id, status, rail, held_micros, currency FROM transactions \
        WHERE status IN ('executing', 'unknown') AND org_id = $1 AND (agent_id = $2 OR org_id = $2) ORDER BY id LIMIT $3";
    /// How many those are.
    COUNT_AT_RAIL = "SELECT COUNT(*) AS payments FROM transactions WHERE status IN ('executing', 'unknown') \
        AND org_id = $1 AND (agent_id = $2 OR org_id = $2)";
    /// The pages that can be paid on, oldest first.
    PAGES = "SELECT id FROM checkouts WHERE status = 'open' AND session_id IS NOT NULL AND org_id = $1 \
        AND (agent_id = $2 OR org_id = $2) ORDER BY id";
}
