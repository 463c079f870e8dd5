//! The deliveries' statements.

bursar_store::statements! {
    /// Endpoints that the trail has gone past, in the order of their ids.
    BEHIND = "SELECT e.*, h.seq AS head_seq FROM webhook_endpoints e JOIN heads h ON h.org_id = e.org_id \
        WHERE e.status = 'active' AND e.cursor_seq < h.seq AND e.id > $1 ORDER BY e.id LIMIT $2";
    /// How many messages to an endpoint wait for their first attempt.
    WAITING = "SELECT COUNT(*) AS waiting FROM webhook_deliveries \
        WHERE endpoint_id = $1 AND status = 'pending' AND attempts = 0";
    /// Entries of a chain, oldest first.
    EVENTS = "SELECT * FROM events WHERE org_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4";
    /// Those about an agent, and about the org's wallet where it draws on that.
    EVENTS_OF_AGENT = "SELECT * FROM events WHERE org_id = $1 AND seq > $2 AND seq <= $3 AND (agent_id = $4 OR \
        (agent_id IS NULL AND action IN ('wallet.activated', 'wallet.balance_low', 'wallet.empty') \
        AND EXISTS (SELECT 1 FROM budgets b WHERE b.agent_id = $4 AND b.wallet = 'wallet:' || $1))) \
        ORDER BY seq LIMIT $5";
    /// One entry.
    EVENT = "SELECT * FROM events WHERE org_id = $1 AND seq = $2";
    /// The end of a chain.
    HEAD_SEQ = "SELECT seq FROM heads WHERE org_id = $1";
    /// Moves an endpoint's cursor, unless another process did.
    ADVANCE = "UPDATE webhook_endpoints SET cursor_seq = $3 WHERE id = $1 AND cursor_seq = $2 AND status = 'active'";
    /// Puts an endpoint's cursor back.
    REWIND = "UPDATE webhook_endpoints SET cursor_seq = $2 WHERE id = $1 AND cursor_seq > $2";
    /// A new message; one that is known begins anew, unless it is on its way.
    INSERT = "INSERT INTO webhook_deliveries (id, org_id, endpoint_id, seq, part, message_id, type, status, attempts, \
        next_attempt_us, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', 0, $8, $8) \
        ON CONFLICT (endpoint_id, seq, part) DO UPDATE SET status = 'pending', attempts = 0, http_status = NULL, \
        error = NULL, next_attempt_us = excluded.next_attempt_us WHERE webhook_deliveries.status <> 'pending' RETURNING id";
    /// A message that was over begins anew.
    REPEAT = "UPDATE webhook_deliveries SET status = 'pending', attempts = 0, http_status = NULL, error = NULL, \
        next_attempt_us = $2 WHERE id = $1 AND status <> 'pending'";
    /// One by id, of any endpoint: the caller checks whose it is.
    FIND = "SELECT * FROM webhook_deliveries WHERE id = $1";
    /// A page of an endpoint's, newest first. An empty status filters nothing.
    LIST = "SELECT * FROM webhook_deliveries WHERE endpoint_id = $1 AND id < $2 AND ($3 = '' OR status = $3) \
        ORDER BY id DESC LIMIT $4";
    /// It was sent, and this came of it.
    SENT = "UPDATE webhook_deliveries SET status = $2, attempts = $3, http_status = $4, error = $5, next_attempt_us = $6, \
        last_attempt_us = $7 WHERE id = $1 AND status = 'pending'";
    /// It will not be sent.
    CANCEL = "UPDATE webhook_deliveries SET status = 'cancelled', error = $2, next_attempt_us = NULL \
        WHERE id = $1 AND status = 'pending'";
    /// The first failure after a success.
    FAILING = "UPDATE webhook_endpoints SET failing_since_us = $2 WHERE id = $1 AND failing_since_us IS NULL";
    /// A success.
    ANSWERS = "UPDATE webhook_endpoints SET failing_since_us = NULL WHERE id = $1 AND failing_since_us IS NOT NULL";
    /// Forgets what is over and old.
    DELETE_OLD = "DELETE FROM webhook_deliveries WHERE created_us < $1 AND status <> 'pending'";
}
