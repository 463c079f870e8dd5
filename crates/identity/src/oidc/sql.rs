//! The statements of signing in with an account of a company.

bursar_store::statements! {
    /// Somebody is sent to the provider.
    INSERT = "INSERT INTO oidc_flows (state_hash, browser_hash, sealed, expires_us) VALUES ($1, $2, $3, $4)";
    /// The browser that was sent is back: never again with this state. Another browser's try uses nothing up.
    TAKE = "DELETE FROM oidc_flows WHERE state_hash = $1 AND browser_hash = $2 AND expires_us > $3 RETURNING sealed";
    /// Forgets those who did not come back.
    DELETE_OLD = "DELETE FROM oidc_flows WHERE expires_us < $1";
}
