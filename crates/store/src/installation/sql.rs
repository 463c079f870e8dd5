//! The installation's statements.

crate::statements! {
    /// Writes a value down, unless there is one.
    PUT = "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    /// One value.
    GET = "SELECT value FROM installation WHERE name = $1";
}
