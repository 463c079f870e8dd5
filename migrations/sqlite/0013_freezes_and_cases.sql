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
