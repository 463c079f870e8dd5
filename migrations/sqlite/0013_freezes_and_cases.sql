-- Stopping an agent or a whole org, and seeing that every part of it has stopped.

-- Since when all of the org is frozen.
ALTER TABLE orgs ADD COLUMN frozen_us BIGINT;

CREATE TABLE freezes (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  -- What is frozen: the agent's id, or the org's own.
  scope TEXT NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  -- The audit entry that it begins with: nothing is allowed behind it.
  seq BIGINT NOT NULL,
  frozen_us BIGINT NOT NULL,
  ended_us BIGINT,
  ended_by TEXT,
  ended_reason TEXT,
  -- How often its job has looked.
  tries BIGINT NOT NULL DEFAULT 0,
  -- When every part had stopped.
  acknowledged_us BIGINT
);
CREATE UNIQUE INDEX freezes_open ON freezes (org_id, scope) WHERE ended_us IS NULL;
CREATE INDEX freezes_by_org ON freezes (org_id, scope, seq);

-- What was to be stopped, and what of it was left when it was last looked at.
CREATE TABLE freeze_parts (
  freeze_id TEXT NOT NULL,
  part TEXT NOT NULL,
  org_id TEXT NOT NULL,
  found BIGINT NOT NULL,
  remaining BIGINT NOT NULL,
  -- Why it is not done, where that is known.
  note TEXT,
  PRIMARY KEY (freeze_id, part)
) WITHOUT ROWID;

-- Agents that are frozen already. Their entries are in the trail, but which they are is not looked up here.
INSERT INTO freezes (id, org_id, scope, reason, actor, seq, frozen_us)
  SELECT 'frz_' || substr(agent_id, 5), org_id, agent_id, COALESCE(frozen_reason, ''), 'system', 0, 0
  FROM budgets WHERE state = 'frozen';
UPDATE jobs SET kind = 'freeze', payload = 'frz_' || substr(payload, 5) WHERE kind = 'sweep';

-- The pages that can be paid on: few at any time.
CREATE INDEX checkouts_open ON checkouts (org_id) WHERE status = 'open';

-- What of a refund of money that was paid in failed later, and is in the wallet again.
ALTER TABLE receipts ADD COLUMN returned_micros BIGINT NOT NULL DEFAULT 0;
CREATE INDEX receipts_by_org ON receipts (org_id, received_us);
DROP INDEX events_of_wallets;
CREATE INDEX events_of_wallets ON events (org_id, seq) WHERE action IN ('payment.dispute_won', 'payment.disputed',
  'payment.refunded', 'wallet.deposited', 'wallet.dispute_won', 'wallet.disputed', 'wallet.received',
  'wallet.refund_failed', 'wallet.refunded');

-- What is wrong with money and wants a person.
CREATE TABLE cases (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- With the kind, what makes the same difference the same case.
  reference TEXT NOT NULL,
  agent_id TEXT,
  transaction_id TEXT,
  cause TEXT NOT NULL,
  ours TEXT NOT NULL,
  theirs TEXT NOT NULL,
  amount_micros BIGINT NOT NULL,
  currency TEXT NOT NULL,
  -- Who found it.
  source TEXT NOT NULL,
  -- Only who looks from there on finds it again.
  since_us BIGINT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'resolved')),
  owner TEXT,
  resolution TEXT,
  evidence TEXT,
  resolved_by TEXT,
  resolved_us BIGINT,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX cases_same ON cases (org_id, kind, reference);
CREATE INDEX cases_by_org ON cases (org_id, id);
CREATE INDEX cases_open ON cases (source, since_us) WHERE status = 'open';

-- The days on which the books were compared, counted from the epoch.
CREATE TABLE reconciliations (
  day BIGINT NOT NULL PRIMARY KEY,
  begun_us BIGINT NOT NULL
);
