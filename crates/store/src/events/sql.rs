//! The event chain's statements.

crate::statements! {
    /// Makes the head of a new chain.
    ENSURE_HEAD = "INSERT INTO heads (org_id, seq, hash, last_us) VALUES ($1, 0, $2, 0) ON CONFLICT DO NOTHING";
    /// Reads a head; on SQLite the write lock is already held.
    HEAD = "SELECT seq, hash, last_us FROM heads WHERE org_id = $1";
    /// Reads and locks a head.
    LOCK_HEAD_POSTGRES = "SELECT seq, hash, last_us FROM heads WHERE org_id = $1 FOR UPDATE";
    /// Writes a head back.
    SAVE_HEAD = "UPDATE heads SET seq = $2, hash = $3, last_us = $4 WHERE org_id = $1";
    /// One entry.
    INSERT_EVENT = "INSERT INTO events (org_id, seq, at_us, action, actor, agent_id, transaction_id, amount_micros, \
        currency, detail, hash, held_from, held_for) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
}
