//! The mails' statements.

bursar_store::statements! {
    /// One mail; a second for the same event and recipient is left out.
    INSERT = "INSERT INTO mails (id, org_id, transaction_id, about, kind, recipient, event_key, message_id, status, \
        created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9) ON CONFLICT (event_key, recipient) DO NOTHING";
    /// One mail.
    FIND = "SELECT org_id, about, recipient, message_id, status, created_us FROM mails WHERE id = $1";
    /// The mail server took it.
    SENT = "UPDATE mails SET status = 'sent', sent_us = $2, error = NULL WHERE id = $1";
    /// It will not be sent, or the last attempt failed.
    NOTE = "UPDATE mails SET status = $2, error = $3 WHERE id = $1";
    /// Those about a payment, oldest first.
    OF_TRANSACTION = "SELECT kind, recipient, status, error, sent_us FROM mails WHERE transaction_id = $1 ORDER BY id";
}
