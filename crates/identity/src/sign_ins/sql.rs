//! The statements of signing in by mail.

bursar_store::statements! {
    /// A link is asked for.
    INSERT = "INSERT INTO sign_ins (id, email, browser_hash, next, created_us, expires_us, language) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// Gives a link its token, unless it was used or is too old.
    SET_TOKEN = "UPDATE sign_ins SET token_hash = $2 WHERE id = $1 AND used_us IS NULL AND expires_us > $3 \
        RETURNING expires_us";
    /// The language that the browser asked for.
    LANGUAGE = "SELECT language FROM sign_ins WHERE id = $1";
    /// A link by its token.
    FIND = "SELECT id, email, browser_hash, next, expires_us, used_us FROM sign_ins WHERE token_hash = $1";
    /// Uses a link up.
    USE = "UPDATE sign_ins SET used_us = $2 WHERE id = $1 AND used_us IS NULL";
    /// Whether an address is known: a member's, or that of somebody invited.
    IS_KNOWN = "SELECT (SELECT count(*) FROM members WHERE email = $1) \
        + (SELECT count(*) FROM invitations WHERE email = $1 AND ended_us IS NULL AND expires_us > $2) AS n";
    /// Forgets those that are over.
    DELETE_OLD = "DELETE FROM sign_ins WHERE expires_us < $1";
}
