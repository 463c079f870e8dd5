//! The statement behind it: both parts of the view have the chain and the entry for their key.

bursar_store::statements! {
    /// Every movement of a stretch of an org's chain.
    MOVED = "SELECT seq, at_us, kind, debit_account, credit_account, amount_micros FROM movements \
        WHERE org_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq, part";
}
