//! The messages' statements. Entries of the trail are read by those of the deliveries.

bursar_store::statements! {
    /// Up to where an agent has its messages.
    READ = "SELECT seq, at_us FROM messages_read WHERE agent_id = $1";
    /// It has more of them; it never has less.
    NOTE = "INSERT INTO messages_read (agent_id, org_id, seq, at_us) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (agent_id) DO UPDATE SET seq = excluded.seq, at_us = excluded.at_us \
        WHERE messages_read.seq < excluded.seq";
}
