//! The cases' statements.

bursar_store::statements! {
    /// One, of any org: the caller checks whose it is.
    FIND = "SELECT * FROM cases WHERE id = $1";
    /// The one of this kind and reference.
    SAME = "SELECT * FROM cases WHERE org_id = $1 AND kind = $2 AND reference = $3";
    /// A page of an org's, newest first. An empty text filters nothing.
    LIST = "SELECT * FROM cases WHERE org_id = $1 AND id < $2 AND ($3 = '' OR status = $3) AND ($4 = '' OR kind = $4) \
        ORDER BY id DESC LIMIT $5";
    /// The open ones that somebody finds, oldest first.
    OPEN_OF = "SELECT * FROM cases WHERE org_id = $1 AND source = $2 AND status = 'open' ORDER BY id";
    /// Since when somebody has to look to find all of them again.
    OLDEST_OF = "SELECT MIN(since_us) AS since_us FROM cases WHERE source = $1 AND status = 'open'";
    /// A new one.
    INSERT = "INSERT INTO cases (id, org_id, kind, reference, agent_id, transaction_id, cause, ours, theirs, amount_micros, \
        currency, source, since_us, status, created_us, updated_us) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'open', $14, $14)";
    /// What is found of it now.
    FOUND = "UPDATE cases SET cause = $2, ours = $3, theirs = $4, amount_micros = $5 WHERE id = $1";
    /// Opens it again.
    REOPEN = "UPDATE cases SET status = 'open', owner = NULL, resolution = NULL, evidence = NULL, resolved_by = NULL, \
        resolved_us = NULL, updated_us = $2 WHERE id = $1";
    /// Somebody takes it.
    TAKE = "UPDATE cases SET owner = $2, updated_us = $3 WHERE id = $1";
    /// Somebody ends it.
    RESOLVE = "UPDATE cases SET status = 'resolved', resolution = $2, evidence = $3, resolved_by = $4, resolved_us = $5, \
        updated_us = $5 WHERE id = $1";
}
