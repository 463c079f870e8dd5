//! The transactions' statements. Writing them is the funnel's alone.

bursar_store::statements! {
    /// One by id, of any org: the caller checks whose it is.
    FIND = "SELECT * FROM transactions WHERE id = $1";
    /// A page of an org's, newest first, along the audit entries that they began with: the trail is in that order
    /// already, so no index has to be. An empty text filters nothing.
    LIST = "SELECT t.* FROM events e JOIN transactions t ON t.id = e.transaction_id AND t.seq = e.seq \
        WHERE e.org_id = $1 AND e.seq < $2 AND e.action IN ('card.unasked', 'payment.approved', 'approval.asked', 'payment.declined', \
        'payment.captured', 'payment.refunded') \
        AND ($3 = '' OR t.status = $3) AND t.created_us >= $4 AND t.created_us < $5 ORDER BY e.seq DESC LIMIT $6";
    /// Where an org's list goes on.
    SEQ = "SELECT seq FROM transactions WHERE id = $1 AND org_id = $2";
    /// A page of an agent's, newest first.
    LIST_AGENT = "SELECT * FROM transactions WHERE agent_id = $1 AND number < $2 \
        AND ($3 = '' OR status = $3) AND created_us >= $4 AND created_us < $5 ORDER BY number DESC LIMIT $6";
    /// By the rail's own id of the payment.
    BY_REFERENCE = "SELECT * FROM transactions WHERE rail_reference = $1";
    /// Those whose outcome is open: the rail was called and has not answered for certain, oldest first.
    UNSETTLED = "SELECT * FROM transactions WHERE status IN ('executing', 'unknown') AND id > $1 ORDER BY id LIMIT $2";
    /// An org's that wait for a human, oldest first.
    PENDING = "SELECT * FROM transactions WHERE org_id = $1 AND status = 'pending' AND id > $2 ORDER BY id LIMIT $3";
    /// Where an agent's list goes on.
    NUMBER = "SELECT number FROM transactions WHERE id = $1 AND agent_id = $2";
    /// What was given back of one.
    REFUNDS = "SELECT id, amount_micros, status, actor, reason, created_us, completed_us FROM refunds \
        WHERE transaction_id = $1 ORDER BY id";
}
