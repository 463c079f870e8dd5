//! The receipts' statements. Writing them is the funnel's alone.

bursar_store::statements! {
    /// One, of any org: the caller checks whose it is.
    FIND = "SELECT * FROM receipts WHERE reference = $1";
    /// An org's since then, oldest first.
    SINCE = "SELECT * FROM receipts WHERE org_id = $1 AND received_us >= $2 ORDER BY received_us, reference";
}
