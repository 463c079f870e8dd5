//! The invitations' statements.

bursar_store::statements! {
    /// A new invitation.
    INSERT = "INSERT INTO invitations (id, org_id, email, role, invited_by, created_us, expires_us) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// Ends those of an address to an org: accepted, withdrawn, or replaced by another.
    END_OF = "UPDATE invitations SET ended_us = $3 WHERE org_id = $1 AND email = $2 AND ended_us IS NULL";
    /// Ends one.
    END = "UPDATE invitations SET ended_us = $3 WHERE id = $1 AND org_id = $2 AND ended_us IS NULL AND expires_us > $3";
    /// One, open or not.
    FIND = "SELECT i.*, o.name AS org_name FROM invitations i JOIN orgs o ON o.id = i.org_id WHERE i.id = $1";
    /// One that is open, of an address.
    FIND_OPEN = "SELECT i.*, o.name AS org_name FROM invitations i JOIN orgs o ON o.id = i.org_id \
        WHERE i.id = $1 AND i.email = $2 AND i.ended_us IS NULL AND i.expires_us > $3";
    /// The open ones of an org, oldest first.
    LIST = "SELECT i.*, o.name AS org_name FROM invitations i JOIN orgs o ON o.id = i.org_id \
        WHERE i.org_id = $1 AND i.ended_us IS NULL AND i.expires_us > $2 ORDER BY i.id";
    /// The open ones to an address, oldest first.
    OF_EMAIL = "SELECT i.*, o.name AS org_name FROM invitations i JOIN orgs o ON o.id = i.org_id \
        WHERE i.email = $1 AND i.ended_us IS NULL AND i.expires_us > $2 ORDER BY i.id";
}
