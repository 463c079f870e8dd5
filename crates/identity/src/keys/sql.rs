//! The keys' statements.

bursar_store::statements! {
    /// A new key.
    INSERT = "INSERT INTO keys (id, org_id, agent_id, name, hash, sealed_secret, scopes, created_us, expires_us) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// By the hash of the key itself, with its org's mode.
    BY_HASH = "SELECT k.*, o.mode FROM keys k JOIN orgs o ON o.id = k.org_id WHERE k.hash = $1";
    /// By its public id, with its org's mode.
    BY_ID = "SELECT k.*, o.mode FROM keys k JOIN orgs o ON o.id = k.org_id WHERE k.id = $1";
    /// An org's keys, oldest first.
    LIST = "SELECT * FROM keys WHERE org_id = $1 ORDER BY id";
    /// How many live keys the agents of an org have, or one of them: an empty text is all.
    COUNT_OF_AGENTS = "SELECT COUNT(*) AS live FROM keys WHERE org_id = $1 AND agent_id IS NOT NULL \
        AND ($2 = '' OR agent_id = $2) AND revoked_us IS NULL AND (expires_us IS NULL OR expires_us > $3)";
    /// Ends a key at a time, unless it ends before.
    EXPIRE = "UPDATE keys SET expires_us = $2 WHERE id = $1 AND (expires_us IS NULL OR expires_us > $2)";
    /// Ends a key now.
    REVOKE = "UPDATE keys SET revoked_us = $2 WHERE id = $1 AND revoked_us IS NULL";
    /// When a key was used.
    USED = "UPDATE keys SET last_used_us = $2 WHERE id = $1 AND (last_used_us IS NULL OR last_used_us < $2)";
}
