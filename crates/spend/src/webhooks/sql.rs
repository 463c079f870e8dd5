//! The webhooks' statements.

bursar_store::statements! {
    /// Whether an event was seen.
    SEEN = "SELECT id FROM stripe_events WHERE id = $1";
    /// Notes an event.
    NOTE = "INSERT INTO stripe_events (id, kind, received_us) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
    /// Whether the end of a dispute was heard of.
    CLOSED = "SELECT id FROM stripe_events WHERE kind = $1";
}
