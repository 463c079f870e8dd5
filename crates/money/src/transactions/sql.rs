//! The transactions' statements. Writing them is the funnel's alone.

bursar_store::statements! {
    /// One by id, of any org: the caller checks whose it is.
    FIND = "SELECT * FROM transactions WHERE id = $1";
    /// A page of an org's, newest first; an empty text or -1 filters nothing.
    LIST = "SELECT * FROM transactions WHERE org_id = $1 AND id < $2 AND ($3 = '' OR agent_id = $3) \
        AND ($4 = '' OR status = $4) AND created_us >= $5 AND created_us < $6 ORDER BY id DESC LIMIT $7";
    /// A page of an agent's, newest first.
    LIST_AGENT = "SELECT * FROM transactions WHERE agent_id = $1 AND number < $2 \
        AND ($3 = '' OR status = $3) AND created_us >= $4 AND created_us < $5 ORDER BY number DESC LIMIT $6";
    /// By the rail's own id of the payment.
    BY_REFERENCE = "SELECT * FROM transactions WHERE rail_reference = $1";
    /// Those whose outcome is open: the rail was called and has not answered for certain, oldest first.
    UNSETTLED = "SELECT * FROM transactions WHERE status IN ('executing', 'unknown') AND id > $1 ORDER BY id LIMIT $2";
    /// Where an agent's list goes on.
    NUMBER = "SELECT number FROM transactions WHERE id = $1 AND agent_id = $2";
    /// What was given back of one.
    REFUNDS = "SELECT id, amount_micros, status, actor, reason, created_us, completed_us FROM refunds \
        WHERE transaction_id = $1 ORDER BY id";
    /// Open ones of an org, oldest first.
    OPEN = "SELECT * FROM transactions WHERE org_id = $1 AND id > $2 \
        AND status IN ('pending', 'approved', 'executing', 'unknown') ORDER BY id LIMIT $3";
}
