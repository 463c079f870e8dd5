-- Background work and what protects a request from being sent twice.

CREATE TABLE jobs (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ready', 'dead')),
  run_at_us BIGINT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  -- Until then the worker that holds `fence` owns the job.
  lease_until_us BIGINT NOT NULL DEFAULT 0,
  fence BIGINT NOT NULL DEFAULT 0,
  dedupe_key TEXT,
  last_error TEXT,
  created_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX jobs_dedupe ON jobs (dedupe_key) WHERE dedupe_key IS NOT NULL;
CREATE INDEX jobs_due ON jobs (run_at_us) WHERE state = 'ready';

-- A signature's nonce, once used. `created_us` counts whole seconds, so the nonce comes next: those made in the order of
-- time then grow the index at its right edge, whoever made them.
CREATE TABLE nonces (
  created_us BIGINT NOT NULL,
  key_id TEXT NOT NULL,
  nonce TEXT NOT NULL,
  PRIMARY KEY (created_us, nonce, key_id)
);

-- One row per org (and one for `system`): the lock that every writer of money or audit takes first.
CREATE TABLE heads (
  org_id TEXT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL,
  last_us BIGINT NOT NULL
);

-- The audit trail and the outbox are one: entry `seq` of an org's hash chain.
CREATE TABLE events (
  org_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  action TEXT NOT NULL,
  actor TEXT NOT NULL,
  agent_id TEXT,
  transaction_id TEXT,
  amount_micros BIGINT,
  currency TEXT,
  detail TEXT NOT NULL,
  hash TEXT NOT NULL,
  -- The two accounts of the hold that the entry makes of its amount: that transfer needs no row of its own.
  held_from TEXT,
  held_for TEXT,
  PRIMARY KEY (org_id, seq),
  CHECK ((held_from IS NULL) = (held_for IS NULL) AND (held_from IS NULL OR amount_micros > 0))
);

-- Signed heads of chains, to be kept elsewhere too.
CREATE TABLE checkpoints (
  org_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  public_key TEXT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (org_id, seq)
);

-- Small secrets and settings of the installation, sealed under the master key where they are secret.
CREATE TABLE installation (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER events_no_update BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_no_delete BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoints_no_truncate BEFORE TRUNCATE ON checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
