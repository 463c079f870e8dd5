//! The plain way's six statements, and the tables they need.

/// Tables, agents and wallets.
pub const SCHEMA: &str = "
    CREATE TABLE budget (agent TEXT PRIMARY KEY, daily BIGINT NOT NULL, used BIGINT NOT NULL);
    CREATE TABLE wallet (org TEXT PRIMARY KEY, available BIGINT NOT NULL);
    CREATE TABLE request (id BIGSERIAL PRIMARY KEY, agent TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
        amount BIGINT NOT NULL, status TEXT NOT NULL, created TIMESTAMPTZ NOT NULL DEFAULT now(), UNIQUE (agent, key));
    CREATE TABLE audit (id BIGSERIAL PRIMARY KEY, org TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL);
    INSERT INTO budget SELECT 'agent' || n, 1000000000000, 0 FROM generate_series(0, 1023) n;
    INSERT INTO wallet SELECT 'org' || n, 1000000000000000 FROM generate_series(0, 1023) n;
";

/// An earlier request with the same key.
pub const EARLIER: &str = "SELECT id FROM request WHERE agent = $1 AND key = $2";
/// The agent's budget, locked.
pub const LOCK_BUDGET: &str = "SELECT daily, used FROM budget WHERE agent = $1 FOR UPDATE";
/// The request.
pub const INSERT_REQUEST: &str =
    "INSERT INTO request (agent, key, body, amount, status) VALUES ($1, $2, $3, $4, $5) RETURNING id";
/// The budget, drawn on.
pub const SPEND: &str = "UPDATE budget SET used = used + $2 WHERE agent = $1";
/// The wallet, drawn on.
pub const DRAW: &str = "UPDATE wallet SET available = available - $2 WHERE org = $1";
/// The trail.
pub const INSERT_AUDIT: &str = "INSERT INTO audit (org, action, detail) VALUES ($1, $2, $3)";
