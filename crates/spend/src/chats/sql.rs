//! The chats' statements.

bursar_store::statements! {
    /// A new code.
    INSERT_CODE = "INSERT INTO chat_codes (hash, org_id, member_id, channel, expires_us) VALUES ($1, $2, $3, $4, $5)";
    /// Forgets a member's code, and those that are over.
    DROP_CODES = "DELETE FROM chat_codes WHERE (member_id = $1 AND channel = $2) OR expires_us <= $3";
    /// Whose code it is, and who used it.
    FIND_CODE = "SELECT org_id, member_id, used_by FROM chat_codes WHERE hash = $1 AND channel = $2 AND expires_us > $3";
    /// Uses a code up.
    USE_CODE = "UPDATE chat_codes SET used_by = $2 WHERE hash = $1 AND used_by IS NULL";
    /// Links a chat to a member, in place of another of the same messenger.
    LINK = "INSERT INTO chat_links (member_id, channel, org_id, account, chat, name, linked_us) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (member_id, channel) DO UPDATE SET account = excluded.account, \
        chat = excluded.chat, name = excluded.name, linked_us = excluded.linked_us";
    /// A member's chat.
    LINK_OF = "SELECT member_id, channel, org_id, account, chat, name, linked_us FROM chat_links \
        WHERE member_id = $1 AND channel = $2";
    /// For whom an account speaks.
    LINKS_OF_ACCOUNT = "SELECT member_id, channel, org_id, account, chat, name, linked_us FROM chat_links \
        WHERE channel = $1 AND account = $2 ORDER BY member_id";
    /// All chats of a member.
    LINKS_OF_MEMBER = "SELECT member_id, channel, org_id, account, chat, name, linked_us FROM chat_links \
        WHERE member_id = $1 ORDER BY channel";
    /// Ends a link, unless another account was linked since.
    UNLINK = "DELETE FROM chat_links WHERE member_id = $1 AND channel = $2 AND account = $3";
    /// Ends the links of those who are no longer members of an org.
    FORGET_GONE = "DELETE FROM chat_links WHERE org_id = $1 AND member_id NOT IN (SELECT id FROM members WHERE org_id = $1)";
    /// One question; a second for the same event and member is left out.
    INSERT = "INSERT INTO chat_messages (id, org_id, transaction_id, member_id, channel, account, chat, intent_hash, \
        is_reminder, event_key, status, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', $11) \
        ON CONFLICT (event_key, member_id, channel) DO NOTHING";
    /// One question.
    FIND = "SELECT id, org_id, transaction_id, member_id, channel, account, chat, intent_hash, is_reminder, message, shown \
        FROM chat_messages WHERE id = $1";
    /// Those that were sent about payments that entries of a chain decide, end or pay.
    TOLD_OF = "SELECT DISTINCT m.id FROM events e JOIN chat_messages m ON m.transaction_id = e.transaction_id \
        WHERE e.org_id = $1 AND e.seq > $2 AND e.seq <= $3 AND m.status = 'sent' AND e.action IN ('approval.voted', \
        'approval.approved', 'approval.declined', 'approval.timed_out', 'payment.cancelled', 'payment.declined', \
        'payment.completed', 'payment.failed', 'payment.unknown', 'payment.resolved') ORDER BY m.id";
    /// The messenger took it.
    SENT = "UPDATE chat_messages SET status = 'sent', message = $2, shown = $3, sent_us = $4, error = NULL WHERE id = $1";
    /// It says something else.
    SHOWN = "UPDATE chat_messages SET shown = $2 WHERE id = $1";
    /// It will not be sent, or the last attempt failed; unless it was sent after all.
    NOTE = "UPDATE chat_messages SET status = $2, error = $3 WHERE id = $1 AND status <> 'sent'";
    /// What was pressed; nothing when that is known.
    ANSWER = "UPDATE chat_messages SET answer = $2 WHERE id = $1 AND (answer IS NULL OR answer <> $2)";
}
