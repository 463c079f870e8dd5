//! The agents' statements.

bursar_store::statements! {
    /// A new agent.
    INSERT = "INSERT INTO agents (id, org_id, name, created_us) VALUES ($1, $2, $3, $4)";
    /// One agent.
    FIND = "SELECT id, org_id, name, created_us FROM agents WHERE id = $1";
    /// An org's agents, oldest first.
    LIST = "SELECT id, org_id, name, created_us FROM agents WHERE org_id = $1 ORDER BY id";
}
