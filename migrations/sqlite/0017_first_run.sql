-- The first run: whoever sets the server up is signed in by the link that it printed. A CHECK cannot be changed here, so
-- the table is made again.
CREATE TABLE sessions_with_first_run (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL,
  -- SHA-256 of the cookie.
  hash TEXT NOT NULL UNIQUE,
  -- The org that is looked at.
  org_id TEXT,
  method TEXT NOT NULL CHECK (method IN ('mail', 'passkey', 'oidc', 'first_run')),
  user_agent TEXT NOT NULL,
  address TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  seen_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  ended_us BIGINT,
  -- When a passkey last proved that its owner is there.
  stepped_up_us BIGINT
) WITHOUT ROWID;
INSERT INTO sessions_with_first_run (id, person_id, hash, org_id, method, user_agent, address, created_us, seen_us,
    expires_us, ended_us, stepped_up_us)
  SELECT id, person_id, hash, org_id, method, user_agent, address, created_us, seen_us, expires_us, ended_us,
    stepped_up_us FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_with_first_run RENAME TO sessions;
CREATE INDEX sessions_by_person ON sessions (person_id, id);
CREATE INDEX sessions_by_age ON sessions (expires_us);
