//! The nonces' statements.

crate::statements! {
    /// Uses up a nonce; touches no row when it was used before.
    INSERT = "INSERT INTO nonces (created_us, key_id, nonce) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    /// Forgets the old.
    DELETE_OLD = "DELETE FROM nonces WHERE created_us < $1";
}
