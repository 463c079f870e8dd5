//! The statement that makes a card without asking Stripe for one.

bursar_store::statements! {
    /// A card that can be used, as Stripe's answer leaves one.
    INSERT = "INSERT INTO cards (id, org_id, agent_id, currency, single_use, reveal, reason, actor, status, wanted, \
        wanted_controls, stripe_status, calls, attempt, stripe_id, created_us, updated_us) \
        VALUES ($1, $2, $3, 'USD', 0, 0, 'bench', 'cli', 'active', 'active', '{}', 'active', 1, 1, $4, $5, $5)";
}
