//! The people's statements.

bursar_store::statements! {
    /// A new person, unless the address is known.
    INSERT = "INSERT INTO people (id, email, created_us) VALUES ($1, $2, $3) ON CONFLICT (email) DO NOTHING";
    /// A person by address.
    FIND = "SELECT id FROM people WHERE email = $1";
    /// The orgs of an address, oldest first.
    ORGS = "SELECT m.id, m.role, o.id AS org_id, o.name, o.mode FROM members m JOIN orgs o ON o.id = m.org_id \
        WHERE m.email = $1 ORDER BY o.id";
}
