//! The votes' statements. Writing them is the funnel's alone.

bursar_store::statements! {
    /// All that were given for a payment, oldest first.
    OF_TRANSACTION = "SELECT transaction_id, member_id, org_id, actor, reason, at_us FROM votes \
        WHERE transaction_id = $1 ORDER BY at_us, member_id";
    /// Those of members who may still decide.
    COUNTING = "SELECT v.transaction_id, v.member_id, v.org_id, v.actor, v.reason, v.at_us FROM votes v \
        JOIN members m ON m.id = v.member_id AND m.role IN ('owner', 'approver') \
        WHERE v.transaction_id = $1 ORDER BY v.at_us, v.member_id";
    /// How many members of an org can decide.
    DECIDERS = "SELECT COUNT(*) AS deciders FROM members WHERE org_id = $1 AND role IN ('owner', 'approver')";
}
