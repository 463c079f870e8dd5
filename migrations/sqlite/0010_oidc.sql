-- Signing in with an account of a company's own provider (OpenID Connect).

-- People who were sent to the provider and are not back yet.
CREATE TABLE oidc_flows (
  -- SHA-256 of the `state` that the provider hands back.
  state_hash TEXT NOT NULL PRIMARY KEY,
  -- SHA-256 of a cookie of the browser that was sent: the answer is taken from no other.
  browser_hash TEXT NOT NULL,
  -- The nonce, the verifier of PKCE and the page to go on to, sealed.
  sealed TEXT NOT NULL,
  expires_us BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX oidc_flows_by_age ON oidc_flows (expires_us);

-- A third way to sign in. A CHECK cannot be changed here, so the table is made again.
CREATE TABLE sessions_with_oidc (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL,
  -- SHA-256 of the cookie.
  hash TEXT NOT NULL UNIQUE,
  -- The org that is looked at.
  org_id TEXT,
  method TEXT NOT NULL CHECK (method IN ('mail', 'passkey', 'oidc')),
  user_agent TEXT NOT NULL,
  address TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  seen_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  ended_us BIGINT,
  -- When a passkey last proved that its owner is there.
  stepped_up_us BIGINT
) WITHOUT ROWID;
INSERT INTO sessions_with_oidc (id, person_id, hash, org_id, method, user_agent, address, created_us, seen_us,
    expires_us, ended_us, stepped_up_us)
  SELECT id, person_id, hash, org_id, method, user_agent, address, created_us, seen_us, expires_us, ended_us,
    stepped_up_us FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_with_oidc RENAME TO sessions;
CREATE INDEX sessions_by_person ON sessions (person_id, id);
CREATE INDEX sessions_by_age ON sessions (expires_us);
