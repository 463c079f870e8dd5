//! The checkouts' statements.

bursar_store::statements! {
    /// A new one.
    INSERT = "INSERT INTO checkouts (id, org_id, agent_id, kind, amount_micros, currency, words, payer_email, actor, status, \
        attempt, expires_us, created_us, updated_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'asked', 0, $10, $11, $11)";
    /// A new one that is charged by itself.
    INSERT_AUTOMATIC = "INSERT INTO checkouts (id, org_id, agent_id, kind, amount_micros, currency, words, actor, status, \
        attempt, auto_wallet, payment_method_id, customer, method, expires_us, created_us, updated_us) \
        VALUES ($1, $2, $3, 'topup', $4, $5, $6, $7, 'processing', 0, $8, $9, $10, $11, $12, $13, $13)";
    /// The one that is under way into a wallet by itself.
    AUTOMATIC_OPEN = "SELECT * FROM checkouts WHERE auto_wallet = $1 AND status = 'processing'";
    /// What was put into a wallet by itself since a time, or is under way.
    AUTOMATIC_SINCE = "SELECT CAST(COALESCE(SUM(amount_micros), 0) AS BIGINT) AS micros FROM checkouts \
        WHERE auto_wallet = $1 AND created_us >= $2 AND status IN ('processing', 'paid')";
    /// One, of any org: the caller checks whose it is.
    FIND = "SELECT * FROM checkouts WHERE id = $1";
    /// The one that Stripe knows by this payment.
    BY_PAYMENT = "SELECT * FROM checkouts WHERE payment_intent = $1";
    /// A page of an org's of one kind, newest first.
    LIST = "SELECT * FROM checkouts WHERE org_id = $1 AND kind = $2 AND id < $3 ORDER BY id DESC LIMIT $4";
    /// What changes.
    SAVE = "UPDATE checkouts SET status = $2, attempt = $3, session_id = $4, session_url = $5, session_expires_us = $6, \
        payment_intent = $7, updated_us = $8, paid_us = $9, failure = $10 WHERE id = $1";
    /// The top-ups of a wallet that are not paid yet: those of its agent, or of the org's wallet and all that share it.
    PENDING_TOPUPS = "SELECT COUNT(*) AS topups, CAST(COALESCE(SUM(c.amount_micros), 0) AS BIGINT) AS micros \
        FROM checkouts c LEFT JOIN budgets b ON b.agent_id = c.agent_id WHERE c.org_id = $1 AND c.kind = 'topup' \
        AND COALESCE(b.wallet, 'wallet:' || c.org_id) = $2 \
        AND (c.status IN ('open', 'processing') OR (c.status = 'asked' AND c.expires_us > $3)) AND c.id > $4";
}
