//! The wallet's statements. Both follow an order that the tables have already.

bursar_store::statements! {
    /// A page of an agent's payments that moved or hold money, newest first.
    PAYMENTS = "SELECT seq, number, id, status, merchant, rail, currency, amount_micros, held_micros, posted_micros, created_us \
        FROM transactions WHERE agent_id = $1 AND number < $2 AND (held_micros > 0 OR posted_micros > 0) \
        ORDER BY number DESC LIMIT $3";
    /// A page of what came into a wallet, or came back to it, newest first. Deposits without an agent are the org's; they
    /// belong to the story of whoever draws on the org's wallet.
    CAME_IN = "SELECT e.seq, e.action, e.transaction_id, e.amount_micros, e.currency, e.detail, e.at_us \
        FROM events e WHERE e.org_id = $1 AND e.seq < $2 AND e.action IN ('payment.dispute_won', 'payment.disputed', \
        'payment.refunded', 'wallet.deposited', 'wallet.dispute_won', 'wallet.disputed', 'wallet.received', \
        'wallet.refund_failed', 'wallet.refunded') \
        AND (e.agent_id = $3 OR (e.agent_id IS NULL AND $4 = 1)) ORDER BY e.seq DESC LIMIT $5";
}
