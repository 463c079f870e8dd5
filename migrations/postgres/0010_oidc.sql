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
);
CREATE INDEX oidc_flows_by_age ON oidc_flows (expires_us);

-- A third way to sign in.
ALTER TABLE sessions DROP CONSTRAINT sessions_method_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_method_check CHECK (method IN ('mail', 'passkey', 'oidc'));
