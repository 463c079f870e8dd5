//! The rates' statements.

crate::statements! {
    /// Locks what a subject did of one kind, making the row where there is none.
    LOCK = "INSERT INTO rates (name, subject, times, last_us) VALUES ($1, $2, '', 0) \
        ON CONFLICT (name, subject) DO UPDATE SET subject = excluded.subject RETURNING times";
    /// Writes down what it did.
    SAVE = "UPDATE rates SET times = $3, last_us = $4 WHERE name = $1 AND subject = $2";
    /// Forgets who did nothing for long.
    DELETE_OLD = "DELETE FROM rates WHERE last_us < $1";
}
