//! The sessions' statements.

bursar_store::statements! {
    /// A new session.
    INSERT = "INSERT INTO sessions (id, person_id, hash, org_id, method, user_agent, address, created_us, seen_us, \
        expires_us, stepped_up_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)";
    /// A live session by its cookie, with what its person may do in its org.
    FIND = "SELECT s.id, s.person_id, s.method, s.created_us, s.seen_us, s.stepped_up_us, p.email, m.id AS member_id, \
        m.role, o.id AS org_id, o.name AS org_name, o.mode, o.frozen_us FROM sessions s JOIN people p ON p.id = s.person_id \
        LEFT JOIN members m ON m.org_id = s.org_id AND m.email = p.email LEFT JOIN orgs o ON o.id = m.org_id \
        WHERE s.hash = $1 AND s.ended_us IS NULL AND s.expires_us > $2 AND s.seen_us > $3";
    /// When it was last used.
    SEEN = "UPDATE sessions SET seen_us = $2 WHERE id = $1 AND seen_us < $2";
    /// A person's live sessions, newest first.
    LIST = "SELECT id, method, user_agent, address, created_us, seen_us FROM sessions WHERE person_id = $1 \
        AND ended_us IS NULL AND expires_us > $2 AND seen_us > $3 ORDER BY id DESC";
    /// Ends one of a person's sessions.
    END = "UPDATE sessions SET ended_us = $3 WHERE id = $1 AND person_id = $2 AND ended_us IS NULL";
    /// Ends all of a person's sessions but one.
    END_OTHERS = "UPDATE sessions SET ended_us = $3 WHERE person_id = $1 AND id <> $2 AND ended_us IS NULL";
    /// Ends the sessions that look at an org, but for those of its owners.
    END_OF_OTHERS = "UPDATE sessions SET ended_us = $2 WHERE org_id = $1 AND ended_us IS NULL AND expires_us > $2 \
        AND person_id NOT IN (SELECT p.id FROM people p JOIN members m ON m.email = p.email \
        WHERE m.org_id = $1 AND m.role = 'owner')";
    /// What passkeys proved before counts no more in the sessions that look at an org.
    STEP_DOWN = "UPDATE sessions SET stepped_up_us = NULL WHERE org_id = $1 AND ended_us IS NULL \
        AND stepped_up_us IS NOT NULL";
    /// The org that is looked at from now on.
    SET_ORG = "UPDATE sessions SET org_id = $2 WHERE id = $1";
    /// When a passkey proved that its owner is there.
    STEP_UP = "UPDATE sessions SET stepped_up_us = $2 WHERE id = $1";
    /// Forgets those that ended of themselves long ago.
    DELETE_OLD = "DELETE FROM sessions WHERE expires_us < $1";
}
