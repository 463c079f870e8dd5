//! The cards' statements.

bursar_store::statements! {
    /// A new one.
    INSERT = "INSERT INTO cards (id, org_id, agent_id, currency, single_use, merchant, reveal, reason, actor, status, wanted, \
        wanted_controls, calls, attempt, replaces, replacement_reason, created_us, updated_us) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'issuing', 'active', $10, 0, 0, $11, $12, $13, $13)";
    /// One, of any org: the caller checks whose it is.
    FIND = "SELECT * FROM cards WHERE id = $1";
    /// The one that Stripe knows by this id.
    BY_STRIPE = "SELECT * FROM cards WHERE stripe_id = $1";
    /// Whether there is any at Stripe.
    ANY_AT_STRIPE = "SELECT id FROM cards WHERE stripe_id IS NOT NULL LIMIT 1";
    /// A page of an org's, newest first.
    LIST = "SELECT * FROM cards WHERE org_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    /// An agent's that are not over, newest first.
    OF_AGENT = "SELECT * FROM cards WHERE agent_id = $1 AND status IN ('issuing', 'active', 'frozen') ORDER BY id DESC";
    /// The newest of an agent's, over or not.
    NEWEST = "SELECT * FROM cards WHERE agent_id = $1 AND status <> 'failed' ORDER BY id DESC LIMIT 1";
    /// An org's that are not over, newest first.
    OF_ORG = "SELECT * FROM cards WHERE org_id = $1 AND status IN ('issuing', 'active', 'frozen') ORDER BY id DESC";
    /// What changes.
    SAVE = "UPDATE cards SET status = $2, wanted = $3, wanted_controls = $4, stripe_status = $5, stripe_controls = $6, \
        unsure_us = $7, calls = $8, asked = $9, asked_us = $10, attempt = $11, stripe_id = $12, brand = $13, last4 = $14, \
        exp_month = $15, exp_year = $16, replaced_by = $17, note = $18, last_error = $19, reveal = $20, unfreezer = $21, \
        updated_us = $22 \
        WHERE id = $1";
    /// A look of an agent at its card.
    INSERT_ACCESS = "INSERT INTO card_accesses (id, org_id, card_id, agent_id, key_id, address, revealed, at_us) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// A page of the looks at a card, newest first.
    ACCESSES = "SELECT * FROM card_accesses WHERE card_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    /// An agent's question for a card.
    INSERT_REQUEST = "INSERT INTO card_requests (id, org_id, agent_id, reason, merchant, single_use, status, expires_us, \
        created_us, updated_us) VALUES ($1, $2, $3, $4, $5, $6, 'asked', $7, $8, $8)";
    /// One question, of any org: the caller checks whose it is.
    FIND_REQUEST = "SELECT * FROM card_requests WHERE id = $1";
    /// Its answer.
    SAVE_REQUEST = "UPDATE card_requests SET status = $2, card_id = $3, decided_by = $4, updated_us = $5 WHERE id = $1";
    /// An org's cardholder.
    HOLDER = "SELECT * FROM cardholders WHERE org_id = $1";
    /// The cardholders that Stripe knows.
    HOLDERS = "SELECT * FROM cardholders WHERE stripe_id IS NOT NULL ORDER BY org_id";
    /// A cardholder, or its new details.
    PUT_HOLDER = "INSERT INTO cardholders (org_id, details, version, told_version, attempt, requirements, created_us, \
        updated_us) VALUES ($1, $2, 1, 0, 0, '[]', $3, $3) ON CONFLICT (org_id) DO UPDATE SET details = $2, \
        version = cardholders.version + 1, updated_us = $3";
    /// What becomes of it at Stripe.
    SAVE_HOLDER = "UPDATE cardholders SET told_version = $2, asked = $3, asked_us = $4, attempt = $5, stripe_id = $6, \
        requirements = $7, last_error = $8, updated_us = $9 WHERE org_id = $1";
}
