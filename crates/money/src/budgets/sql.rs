//! The budgets' statements. Changing them is the funnel's alone.

bursar_store::statements! {
    /// A budget whose windows have not begun.
    OPEN = "INSERT INTO budgets (agent_id, org_id, wallet, currency, state, policy_version, decisions, breaker_from, \
        day_start_us, day_end_us, day_held, day_spent, week_start_us, week_end_us, week_held, week_spent, \
        month_start_us, month_end_us, month_held, month_spent, lifetime_held, lifetime_spent) \
        VALUES ($1, $2, $3, $4, 'active', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)";
    /// A wallet's sums.
    WALLET = "SELECT * FROM accounts WHERE id = $1";
    /// A window that has ended.
    PAST = "SELECT held, spent FROM past_windows WHERE agent_id = $1 AND kind = $2 AND start_us = $3";
    /// One agent's.
    FIND = "SELECT * FROM budgets WHERE agent_id = $1";
    /// All of an org's.
    OF_ORG = "SELECT * FROM budgets WHERE org_id = $1 ORDER BY agent_id";
}
