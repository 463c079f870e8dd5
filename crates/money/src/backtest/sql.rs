//! The statements behind a backtest. All of them read.

bursar_store::statements! {
    /// An org as the record ends.
    ORG = "SELECT o.mode, o.time_zone, o.stripe_payment_method, o.frozen_us, h.seq FROM orgs o \
        JOIN heads h ON h.org_id = o.id WHERE o.id = $1";
    /// A page of an agent's requests, newest first.
    REQUESTS = "SELECT * FROM transactions WHERE agent_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
    /// When a request was decided.
    DECIDED_AT = "SELECT created_us FROM transactions WHERE agent_id = $1 AND number = $2";
    /// The same, as far as rules look back at them, with what was asked for at first.
    EARLIER = "SELECT t.id, t.number, t.seq, t.created_us, t.merchant_key, t.purpose, t.currency, t.status, t.decision, \
        e.amount_micros FROM transactions t JOIN events e ON e.org_id = t.org_id AND e.seq = t.seq \
        WHERE t.agent_id = $1 AND t.number < $2 ORDER BY t.number DESC LIMIT $3";
    /// The entries of a stretch of an org's chain that concern an agent or all of the org.
    ENTRIES = "SELECT seq, at_us, action, actor, transaction_id, amount_micros, detail FROM events \
        WHERE org_id = $1 AND seq > $2 AND seq <= $3 AND (agent_id = $4 \
        OR action IN ('org.frozen', 'org.unfrozen', 'org.time_zone_set')) ORDER BY seq";
    /// The reservation that was taken up at an entry.
    TAKEN_UP = "SELECT transaction_id, detail FROM events WHERE org_id = $1 AND seq = $2 AND action = 'intent.taken_up'";
    /// The time zone of an org before an entry.
    ZONE_BEFORE = "SELECT detail FROM events WHERE org_id = $1 AND seq < $2 \
        AND action IN ('org.created', 'org.time_zone_set') ORDER BY seq DESC LIMIT 1";
    /// The newest freeze of an agent before an entry.
    FROZEN_BEFORE = "SELECT seq FROM freezes WHERE org_id = $1 AND scope = $2 AND seq < $3 ORDER BY seq DESC LIMIT 1";
    /// Where a freeze of an agent ended, before an entry.
    UNFROZEN = "SELECT seq FROM events WHERE org_id = $1 AND seq > $2 AND seq < $3 AND agent_id = $4 \
        AND action = 'agent.unfrozen' ORDER BY seq LIMIT 1";
    /// An agent's windows that have ended, from one on.
    PAST_WINDOWS = "SELECT kind, start_us, held, spent FROM past_windows WHERE agent_id = $1 AND start_us >= $2";
}
