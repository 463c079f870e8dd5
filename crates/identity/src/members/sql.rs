//! The members' statements.

bursar_store::statements! {
    /// A new member.
    INSERT = "INSERT INTO members (id, org_id, email, role, created_us) VALUES ($1, $2, $3, $4, $5)";
    /// A member by address.
    FIND = "SELECT id, email, role, created_us FROM members WHERE org_id = $1 AND email = $2";
    /// A member's new role.
    SET_ROLE = "UPDATE members SET role = $3 WHERE org_id = $1 AND email = $2";
    /// One member less.
    REMOVE = "DELETE FROM members WHERE org_id = $1 AND email = $2";
    /// All members of an org.
    LIST = "SELECT id, email, role, created_us FROM members WHERE org_id = $1 ORDER BY id";
}
