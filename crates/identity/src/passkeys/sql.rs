//! The statements of passkeys and of challenges.

bursar_store::statements! {
    /// A new passkey; none when it is known.
    INSERT = "INSERT INTO passkeys (id, person_id, credential_id, name, credential, created_us) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    /// By what the browser calls it, with its owner's address.
    FIND = "SELECT k.id, k.person_id, k.credential, p.email FROM passkeys k JOIN people p ON p.id = k.person_id \
        WHERE k.credential_id = $1";
    /// A person's, oldest first.
    LIST = "SELECT id, person_id, name, credential, created_us, used_us FROM passkeys WHERE person_id = $1 ORDER BY id";
    /// What its use changed.
    USED = "UPDATE passkeys SET credential = $2, used_us = $3 WHERE id = $1";
    /// One of a person's passkeys less.
    REMOVE = "DELETE FROM passkeys WHERE id = $1 AND person_id = $2";
    /// A challenge.
    BEGIN = "INSERT INTO ceremonies (id, kind, session_id, state, expires_us) VALUES ($1, $2, $3, $4, $5)";
    /// Its answer has come.
    TAKE = "DELETE FROM ceremonies WHERE id = $1 AND kind = $2 AND expires_us > $3 RETURNING session_id, state";
    /// Forgets those that nobody answered.
    DELETE_OLD = "DELETE FROM ceremonies WHERE expires_us < $1";
}
