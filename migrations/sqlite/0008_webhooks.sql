-- Whom agents and orgs want to be told at, what was sent there, and how far agents have read by themselves.

CREATE TABLE webhook_endpoints (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  -- Whose it is, and so who sees it and what its messages say.
  owner TEXT NOT NULL CHECK (owner IN ('agent', 'org')),
  -- Only what is about this agent; an agent's own endpoint always has one.
  agent_id TEXT,
  url TEXT NOT NULL,
  description TEXT,
  -- Names and patterns, space-separated; empty for everything.
  events TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  -- The secret before, and until when it signs too.
  sealed_old_secret TEXT,
  old_secret_until_us BIGINT,
  status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
  disabled_reason TEXT,
  -- Entries of the org's chain up to this one have become deliveries, where they are wanted.
  cursor_seq BIGINT NOT NULL,
  -- Since when nothing but failures came back.
  failing_since_us BIGINT,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL,
  CHECK (owner = 'org' OR agent_id IS NOT NULL)
);
CREATE INDEX webhook_endpoints_by_org ON webhook_endpoints (org_id, id);

CREATE TABLE webhook_deliveries (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  endpoint_id TEXT NOT NULL,
  -- The entry of the org's chain that it tells of, and which of its names; none for a test.
  seq BIGINT,
  part BIGINT,
  message_id TEXT NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'failed', 'cancelled')),
  attempts BIGINT NOT NULL,
  http_status BIGINT,
  error TEXT,
  next_attempt_us BIGINT,
  last_attempt_us BIGINT,
  created_us BIGINT NOT NULL,
  UNIQUE (endpoint_id, seq, part)
);
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_us);
-- Those that were never tried: as many as may pile up.
CREATE INDEX webhook_deliveries_fresh ON webhook_deliveries (endpoint_id) WHERE status = 'pending' AND attempts = 0;

-- Up to where an agent that asks for its messages says that it has them.
CREATE TABLE messages_read (
  agent_id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at_us BIGINT NOT NULL
);

-- Webhooks wait for strangers, so they are claimed apart from the work that moves money.
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (run_at_us) WHERE state = 'ready' AND kind <> 'webhook';
CREATE INDEX jobs_due_webhooks ON jobs (run_at_us) WHERE state = 'ready' AND kind = 'webhook';
