//! The endpoints' statements.

bursar_store::statements! {
    /// A new endpoint.
    INSERT = "INSERT INTO webhook_endpoints (id, org_id, owner, agent_id, url, description, events, sealed_secret, \
        status, cursor_seq, created_us, updated_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', $9, $10, $10)";
    /// One by id, of any org: the caller checks whose it is.
    FIND = "SELECT * FROM webhook_endpoints WHERE id = $1";
    /// An org's, oldest first.
    LIST = "SELECT * FROM webhook_endpoints WHERE org_id = $1 ORDER BY id";
    /// How many somebody has. Without an agent the org's own.
    COUNT = "SELECT COUNT(*) AS endpoints FROM webhook_endpoints WHERE org_id = $1 AND owner = $2 \
        AND ($3 = '' OR agent_id = $3)";
    /// What its owner can change.
    UPDATE = "UPDATE webhook_endpoints SET url = $2, description = $3, events = $4, updated_us = $5 WHERE id = $1";
    /// It is called again, for what comes from now on.
    ENABLE = "UPDATE webhook_endpoints SET status = 'active', disabled_reason = NULL, failing_since_us = NULL, \
        cursor_seq = $2, updated_us = $3 WHERE id = $1";
    /// It is no longer called.
    DISABLE = "UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = $2, updated_us = $3 \
        WHERE id = $1 AND status = 'active'";
    /// A new secret; the one before goes on signing for a while.
    ROTATE = "UPDATE webhook_endpoints SET sealed_old_secret = sealed_secret, old_secret_until_us = $3, \
        sealed_secret = $2, updated_us = $4 WHERE id = $1";
    /// Away.
    DELETE = "DELETE FROM webhook_endpoints WHERE id = $1";
    /// With all that was sent there.
    DELETE_DELIVERIES = "DELETE FROM webhook_deliveries WHERE endpoint_id = $1";
    /// What was not delivered yet never will be.
    CANCEL_DELIVERIES = "UPDATE webhook_deliveries SET status = 'cancelled', error = $2, next_attempt_us = NULL \
        WHERE endpoint_id = $1 AND status = 'pending'";
}
