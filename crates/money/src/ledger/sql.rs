//! The ledger's statements.

bursar_store::statements! {
    /// One account.
    ACCOUNT = "SELECT * FROM accounts WHERE id = $1";
}
