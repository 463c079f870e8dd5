//! The registrations' statements.

bursar_store::statements! {
    /// A new registration; none when a bot of the name waits for the owner already.
    INSERT = "INSERT INTO registrations (id, name, owner_email, description, callback_url, sealed_webhook_secret, mode, \
        key_id, key_hash, sealed_secret, status, address, created_us, expires_us, owner_language) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'pending', $11, $12, $13, $14) ON CONFLICT DO NOTHING";
    /// What nobody claimed in time stands in nobody's way.
    EXPIRE = "UPDATE registrations SET status = 'expired' WHERE owner_email = $1 AND status = 'pending' AND expires_us <= $2";
    /// By id.
    FIND = "SELECT * FROM registrations WHERE id = $1";
    /// By the hash of its key.
    BY_KEY_HASH = "SELECT * FROM registrations WHERE key_hash = $1";
    /// By the public id of its key.
    BY_KEY_ID = "SELECT * FROM registrations WHERE key_id = $1";
    /// By a claim token that is not too old.
    BY_TOKEN = "SELECT r.* FROM claim_tokens t JOIN registrations r ON r.id = t.registration_id \
        WHERE t.hash = $1 AND t.expires_us > $2";
    /// What waits for an owner, and what an org has claimed, newest first.
    LIST = "SELECT * FROM registrations WHERE (owner_email = $1 AND status = 'pending' AND expires_us > $3) \
        OR (status = 'claimed' AND org_id = $2) ORDER BY id DESC";
    /// Ends a registration that waits.
    END = "UPDATE registrations SET status = $2, org_id = $3, ended_us = $4, ended_by = $5 \
        WHERE id = $1 AND status = 'pending' AND expires_us > $4";
    /// One more token for it.
    ADD_TOKEN = "INSERT INTO claim_tokens (hash, registration_id, expires_us) VALUES ($1, $2, $3)";
    /// It needs no token any more.
    DROP_TOKENS = "DELETE FROM claim_tokens WHERE registration_id = $1";
    /// Forgets the tokens of those that are over for long ...
    DELETE_OLD_TOKENS = "DELETE FROM claim_tokens WHERE expires_us < $1";
    /// ... and them, unless they became agents.
    DELETE_OLD = "DELETE FROM registrations WHERE expires_us < $1 AND status <> 'claimed'";
}
