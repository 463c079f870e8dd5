-- Who pays, who decides, who spends, and how they prove it.

CREATE TABLE orgs (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
  time_zone TEXT NOT NULL,
  currency TEXT NOT NULL,
  stripe_customer TEXT,
  stripe_payment_method TEXT,
  -- Grows with every change of the org's payees, so that copies in memory know when they are old.
  payees_version BIGINT NOT NULL DEFAULT 0,
  created_us BIGINT NOT NULL
);

CREATE TABLE members (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  email TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'approver', 'viewer')),
  created_us BIGINT NOT NULL,
  UNIQUE (org_id, email)
);

CREATE TABLE agents (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  name TEXT NOT NULL,
  created_us BIGINT NOT NULL
);
CREATE INDEX agents_by_org ON agents (org_id, id);

CREATE TABLE keys (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT,
  name TEXT NOT NULL,
  -- SHA-256 of the key in hex: enough to find it, not enough to use it.
  hash TEXT NOT NULL UNIQUE,
  -- The signing secret, sealed under the master key.
  sealed_secret TEXT NOT NULL,
  -- Space-separated.
  scopes TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  expires_us BIGINT,
  revoked_us BIGINT,
  last_used_us BIGINT
);
CREATE INDEX keys_by_org ON keys (org_id, id);
