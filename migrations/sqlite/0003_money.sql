-- The double-entry ledger, budgets, policies and transactions.

-- Sums over an account's transfers. Always what `bursar ledger check` recomputes.
CREATE TABLE accounts (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  debits_pending BIGINT NOT NULL,
  debits_posted BIGINT NOT NULL,
  credits_pending BIGINT NOT NULL,
  credits_posted BIGINT NOT NULL
) WITHOUT ROWID;

-- Insert-only. `hold` and `release` move pending sums; the others move posted ones. A hold of all that its audit entry is
-- about stands in that entry; `movements` has both.
CREATE TABLE transfers (
  org_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  part BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('hold', 'release', 'post', 'deposit', 'refund', 'capture', 'dispute')),
  transaction_id TEXT,
  debit_account TEXT NOT NULL,
  credit_account TEXT NOT NULL,
  amount_micros BIGINT NOT NULL CHECK (amount_micros > 0),
  currency TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  -- Belongs to the audit entry with the same org and seq.
  PRIMARY KEY (org_id, seq, part)
) WITHOUT ROWID;

-- Every transfer.
CREATE VIEW movements AS
  SELECT org_id, seq, part, kind, transaction_id, debit_account, credit_account, amount_micros, currency, at_us FROM transfers
  UNION ALL
  SELECT org_id, seq, 0, 'hold', transaction_id, held_from, held_for, amount_micros, currency, at_us FROM events
  WHERE held_from IS NOT NULL;

-- One row per agent: its wallet, its state, its policy and its current windows.
CREATE TABLE budgets (
  agent_id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  wallet TEXT NOT NULL,
  currency TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'frozen', 'pending')),
  frozen_reason TEXT,
  policy_version BIGINT NOT NULL,
  -- New decisions so far; the number of the newest one.
  decisions BIGINT NOT NULL,
  -- The circuit breaker counts only decisions after this one.
  breaker_from BIGINT NOT NULL,
  day_start_us BIGINT NOT NULL, day_end_us BIGINT NOT NULL, day_held BIGINT NOT NULL, day_spent BIGINT NOT NULL,
  week_start_us BIGINT NOT NULL, week_end_us BIGINT NOT NULL, week_held BIGINT NOT NULL, week_spent BIGINT NOT NULL,
  month_start_us BIGINT NOT NULL, month_end_us BIGINT NOT NULL, month_held BIGINT NOT NULL, month_spent BIGINT NOT NULL,
  lifetime_held BIGINT NOT NULL, lifetime_spent BIGINT NOT NULL
) WITHOUT ROWID;

-- Windows that have ended; a hold made in one is still released there.
CREATE TABLE past_windows (
  agent_id TEXT NOT NULL,
  org_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('day', 'week', 'month')),
  start_us BIGINT NOT NULL,
  end_us BIGINT NOT NULL,
  held BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  PRIMARY KEY (agent_id, kind, start_us)
) WITHOUT ROWID;

CREATE TABLE policies (
  agent_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  org_id TEXT NOT NULL,
  document TEXT NOT NULL,
  actor TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (agent_id, version)
);

-- With a rowid, unlike the other tables: a row of more than a quarter page would spill over to a page of its own.
CREATE TABLE transactions (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  -- The number of this decision among the agent's own.
  number BIGINT NOT NULL,
  -- The audit entry that it began with; an org's list follows the order of these.
  seq BIGINT NOT NULL,
  key_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  amount_micros BIGINT NOT NULL,
  currency TEXT NOT NULL,
  merchant TEXT NOT NULL,
  merchant_key TEXT NOT NULL,
  payee_id TEXT,
  category TEXT,
  claimed_category TEXT,
  purpose TEXT NOT NULL,
  context TEXT,
  rail TEXT NOT NULL,
  policy_version BIGINT NOT NULL,
  decision TEXT NOT NULL,
  debit_account TEXT NOT NULL,
  day_start_us BIGINT NOT NULL,
  week_start_us BIGINT NOT NULL,
  month_start_us BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  -- From here on a row changes, and only through the funnel.
  status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'executing', 'unknown', 'completed', 'refunded',
    'failed', 'declined', 'timed_out', 'cancelled')),
  reason TEXT,
  deadline_us BIGINT,
  held_micros BIGINT NOT NULL,
  posted_micros BIGINT NOT NULL,
  refunded_micros BIGINT NOT NULL,
  disputed_micros BIGINT NOT NULL,
  attempt_us BIGINT,
  -- What the rail was first called with, as JSON: a repeat must be the same to the letter.
  pay_with TEXT,
  rail_reference TEXT,
  -- Payments beyond the one that was ordered, as JSON: micros by the rail's own id.
  other_payments TEXT,
  charge_id TEXT,
  decided_by TEXT,
  decided_reason TEXT,
  decided_us BIGINT,
  completed_us BIGINT,
  updated_us BIGINT NOT NULL
);
-- The key first: keys made in the order of time then grow the index at its right edge, whoever made them.
CREATE UNIQUE INDEX transactions_idempotency ON transactions (idempotency_key, agent_id);
CREATE UNIQUE INDEX transactions_by_agent ON transactions (agent_id, number);
CREATE INDEX transactions_by_reference ON transactions (rail_reference) WHERE rail_reference IS NOT NULL;
-- Those whose outcome is open: few at any time.
CREATE INDEX transactions_unsettled ON transactions (id) WHERE status IN ('executing', 'unknown');

-- What the `duplicates` rule remembers: the newest purchase of one kind.
CREATE TABLE purchases (
  agent_id TEXT NOT NULL,
  mark TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (agent_id, mark)
) WITHOUT ROWID;

CREATE TABLE refunds (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  amount_micros BIGINT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('requested', 'completed', 'failed')),
  idempotency_key TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  rail_reference TEXT,
  created_us BIGINT NOT NULL,
  completed_us BIGINT,
  UNIQUE (transaction_id, idempotency_key)
);

CREATE TRIGGER transfers_no_update BEFORE UPDATE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers is insert-only'); END;
CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers is insert-only'); END;
-- INSERT OR REPLACE deletes without firing the trigger above. FAIL and not ABORT: see `events_no_replace`.
CREATE TRIGGER transfers_no_replace BEFORE INSERT ON transfers
WHEN EXISTS (SELECT 1 FROM transfers WHERE org_id = NEW.org_id AND seq = NEW.seq AND part = NEW.part) BEGIN SELECT RAISE(FAIL, 'transfers is insert-only'); END;

CREATE TRIGGER policies_no_update BEFORE UPDATE ON policies BEGIN SELECT RAISE(ABORT, 'policies is insert-only'); END;
CREATE TRIGGER policies_no_delete BEFORE DELETE ON policies BEGIN SELECT RAISE(ABORT, 'policies is insert-only'); END;
-- INSERT OR REPLACE deletes without firing the trigger above.
CREATE TRIGGER policies_no_replace BEFORE INSERT ON policies
WHEN EXISTS (SELECT 1 FROM policies WHERE agent_id = NEW.agent_id AND version = NEW.version) BEGIN SELECT RAISE(FAIL, 'policies is insert-only'); END;
