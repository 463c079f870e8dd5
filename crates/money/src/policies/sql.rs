//! The policies' statements.

bursar_store::statements! {
    /// The version in force, under the org's lock.
    CURRENT_VERSION = "SELECT org_id, policy_version FROM budgets WHERE agent_id = $1";
    /// One more version.
    INSERT = "INSERT INTO policies (agent_id, version, org_id, document, actor, created_us) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// Puts a version in force.
    PUT_IN_FORCE = "UPDATE budgets SET policy_version = $2 WHERE agent_id = $1";
    /// The version in force.
    CURRENT = "SELECT p.version, p.document, p.actor, p.created_us FROM budgets b \
        JOIN policies p ON p.agent_id = b.agent_id AND p.version = b.policy_version WHERE b.agent_id = $1";
    /// One version.
    VERSION = "SELECT document FROM policies WHERE agent_id = $1 AND version = $2";
    /// All versions, newest first.
    HISTORY = "SELECT version, document, actor, created_us FROM policies WHERE agent_id = $1 \
        ORDER BY version DESC LIMIT $2";
}
