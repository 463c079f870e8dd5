-- Bots that registered on their own, until an owner says whose they are.

CREATE TABLE registrations (
  -- The id of the agent that it becomes.
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  owner_email TEXT NOT NULL,
  description TEXT NOT NULL,
  callback_url TEXT,
  sealed_webhook_secret TEXT,
  mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
  -- The key that it got: a row of `keys` once it is claimed.
  key_id TEXT NOT NULL UNIQUE,
  key_hash TEXT NOT NULL UNIQUE,
  sealed_secret TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'claimed', 'refused', 'expired')),
  -- Where it was registered from.
  address TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  -- The org that it belongs to since it was claimed.
  org_id TEXT,
  ended_us BIGINT,
  ended_by TEXT
);
CREATE UNIQUE INDEX registrations_pending ON registrations (owner_email, name) WHERE status = 'pending';
CREATE INDEX registrations_by_owner ON registrations (owner_email, id);
CREATE INDEX registrations_by_age ON registrations (expires_us);

-- What a bot is claimed with: one token for the bot, one for each mail to its owner.
CREATE TABLE claim_tokens (
  hash TEXT NOT NULL PRIMARY KEY,
  registration_id TEXT NOT NULL,
  expires_us BIGINT NOT NULL
);
CREATE INDEX claim_tokens_by_registration ON claim_tokens (registration_id);

-- Codes by which a bot registers straight into an org.
CREATE TABLE pairing_codes (
  hash TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  made_by TEXT NOT NULL,
  expires_us BIGINT NOT NULL
);
CREATE INDEX pairing_codes_by_age ON pairing_codes (expires_us);
