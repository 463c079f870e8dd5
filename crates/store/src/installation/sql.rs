//! The installation's statements.

crate::statements! {
    /// Writes a value down, unless there is one.
    PUT = "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    /// Writes a value down in place of the one that is there.
    REPLACE = "INSERT INTO installation (name, value) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    /// Takes a value away, if it is still this one.
    TAKE = "DELETE FROM installation WHERE name = $1 AND value = $2";
    /// One value.
    GET = "SELECT value FROM installation WHERE name = $1";
}
