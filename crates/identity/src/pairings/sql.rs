//! The pairing codes' statements.

bursar_store::statements! {
    /// A new code; none when the same digits are open already.
    INSERT = "INSERT INTO pairing_codes (hash, org_id, made_by, expires_us) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    /// Uses a code up.
    TAKE = "DELETE FROM pairing_codes WHERE hash = $1 AND expires_us > $2 RETURNING org_id, made_by";
    /// Whose code it is.
    FIND = "SELECT org_id FROM pairing_codes WHERE hash = $1 AND expires_us > $2";
    /// Forgets those that are over.
    DELETE_OLD = "DELETE FROM pairing_codes WHERE expires_us <= $1";
}
