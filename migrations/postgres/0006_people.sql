-- Who signs in, with what, and where they are signed in.

CREATE TABLE people (
  id TEXT NOT NULL PRIMARY KEY,
  -- In lower case. Whoever reads mail there is this person.
  email TEXT NOT NULL UNIQUE,
  created_us BIGINT NOT NULL
);
CREATE INDEX members_by_email ON members (email);

-- Links that were asked for. The token is made when its mail is sent.
CREATE TABLE sign_ins (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  -- SHA-256 of a cookie of the browser that asked: the link opens no other.
  browser_hash TEXT NOT NULL,
  token_hash TEXT UNIQUE,
  -- The page to go on to.
  next TEXT,
  created_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  used_us BIGINT
);
CREATE INDEX sign_ins_by_age ON sign_ins (expires_us);

CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL,
  -- SHA-256 of the cookie.
  hash TEXT NOT NULL UNIQUE,
  -- The org that is looked at.
  org_id TEXT,
  method TEXT NOT NULL CHECK (method IN ('mail', 'passkey')),
  user_agent TEXT NOT NULL,
  address TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  seen_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  ended_us BIGINT,
  -- When a passkey last proved that its owner is there.
  stepped_up_us BIGINT
);
CREATE INDEX sessions_by_person ON sessions (person_id, id);
CREATE INDEX sessions_by_age ON sessions (expires_us);

CREATE TABLE passkeys (
  id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL,
  credential_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  -- Public key and counters, as JSON.
  credential TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  used_us BIGINT
);
CREATE INDEX passkeys_by_person ON passkeys (person_id, id);

-- Challenges that browsers have yet to answer.
CREATE TABLE ceremonies (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('add', 'sign_in', 'step_up')),
  -- Whose; nobody's yet while somebody signs in.
  session_id TEXT,
  state TEXT NOT NULL,
  expires_us BIGINT NOT NULL
);
CREATE INDEX ceremonies_by_age ON ceremonies (expires_us);

CREATE TABLE invitations (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  email TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'approver', 'viewer')),
  invited_by TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  -- When it was accepted, withdrawn or replaced.
  ended_us BIGINT
);
CREATE INDEX invitations_by_org ON invitations (org_id, id);
CREATE INDEX invitations_by_email ON invitations (email, id);
