//! The audit trail's statements. All but one read.

bursar_store::statements! {
    /// The next chain by name, wherever it has left a trace.
    NEXT_CHAIN = "SELECT MIN(id) AS org_id FROM (\
        SELECT MIN(org_id) AS id FROM heads WHERE org_id > $1 \
        UNION ALL SELECT MIN(org_id) FROM events WHERE org_id > $1 \
        UNION ALL SELECT MIN(org_id) FROM checkpoints WHERE org_id > $1 \
        UNION ALL SELECT MIN(id) FROM orgs WHERE id > $1) a";
    /// The head of a chain.
    HEAD = "SELECT seq, hash, last_us FROM heads WHERE org_id = $1";
    /// A page of entries.
    PAGE = "SELECT * FROM events WHERE org_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    /// The entries about a transaction from one on.
    ABOUT = "SELECT * FROM events WHERE org_id = $1 AND seq >= $2 AND transaction_id = $3 ORDER BY seq LIMIT $4";
    /// Signed heads of a chain.
    CHECKPOINTS = "SELECT * FROM checkpoints WHERE org_id = $1 ORDER BY seq";
    /// One signed head.
    CHECKPOINT = "SELECT * FROM checkpoints WHERE org_id = $1 AND seq = $2";
    /// One more. Two processes may sign the same head at once; the first is kept.
    INSERT_CHECKPOINT = "INSERT INTO checkpoints (org_id, seq, hash, at_us, public_key, signature) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
}
