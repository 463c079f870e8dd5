//! The orgs' statements.

bursar_store::statements! {
    /// A new org.
    INSERT = "INSERT INTO orgs (id, name, mode, time_zone, currency, created_us) VALUES ($1, $2, $3, $4, $5, $6)";
    /// One org.
    FIND = "SELECT * FROM orgs WHERE id = $1";
    /// All orgs, oldest first.
    ALL_ORGS = "SELECT * FROM orgs ORDER BY id";
    /// Whether there is any.
    ANY = "SELECT id FROM orgs LIMIT 1";
    /// What its direct rail charges.
    SET_STRIPE = "UPDATE orgs SET stripe_customer = $2, stripe_payment_method = $3 WHERE id = $1";
    /// Whose calendar its windows follow.
    SET_TIME_ZONE = "UPDATE orgs SET time_zone = $2 WHERE id = $1";
    /// Tells copies in memory that they are old.
    PAYEES_CHANGED = "UPDATE orgs SET payees_version = payees_version + 1 WHERE id = $1";
}
