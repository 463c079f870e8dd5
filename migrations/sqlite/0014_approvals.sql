-- Who said yes to payments that wait for several people.

CREATE TABLE votes (
  transaction_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  org_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (transaction_id, member_id)
) WITHOUT ROWID;

-- Those that wait for a human: few at any time.
CREATE INDEX transactions_pending ON transactions (org_id, id) WHERE status = 'pending';

-- Who gets the mails of members who are away.
CREATE TABLE stand_ins (
  member_id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  stand_in_id TEXT NOT NULL,
  from_us BIGINT NOT NULL,
  until_us BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX stand_ins_by_org ON stand_ins (org_id);

-- What owners want to be told, and how far the trail was looked at for it. Everything below but the choices and the alerts
-- moves with the cursor, in one transaction.

CREATE TABLE watches (
  org_id TEXT NOT NULL PRIMARY KEY,
  -- Entries of the org's chain up to this one have been looked at.
  cursor_seq BIGINT NOT NULL,
  -- The next morning on which regular mails are made; none before the first look.
  due_us BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE watched_wallets (
  wallet TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  -- What could be spent from it by the entry at the cursor.
  available_micros BIGINT NOT NULL,
  -- Below it owners are told; as of the cursor.
  below_micros BIGINT,
  is_funded BIGINT NOT NULL,
  is_low BIGINT NOT NULL,
  is_empty BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE watched_agents (
  agent_id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  -- How many payments the policy has declined, one after the other.
  declines BIGINT NOT NULL
) WITHOUT ROWID;

-- What happened on one day of the org's calendar.
CREATE TABLE watched_days (
  org_id TEXT NOT NULL,
  day TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  paid BIGINT NOT NULL,
  paid_micros BIGINT NOT NULL,
  refunded_micros BIGINT NOT NULL,
  asked BIGINT NOT NULL,
  declined BIGINT NOT NULL,
  PRIMARY KEY (org_id, day, agent_id)
) WITHOUT ROWID;

-- That most of a limit is used, told once for each limit and window.
CREATE TABLE watched_limits (
  agent_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  start_us BIGINT NOT NULL,
  limit_micros BIGINT NOT NULL,
  org_id TEXT NOT NULL,
  PRIMARY KEY (agent_id, kind, start_us, limit_micros)
) WITHOUT ROWID;

-- Below which sum owners are told of a wallet.
CREATE TABLE wallet_alerts (
  wallet TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  below_micros BIGINT NOT NULL
) WITHOUT ROWID;

-- What a member has turned on or off, where that is not the default.
CREATE TABLE notification_choices (
  member_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  org_id TEXT NOT NULL,
  is_on BIGINT NOT NULL,
  PRIMARY KEY (member_id, kind)
) WITHOUT ROWID;

-- What is there already was told, or is too old to be.
INSERT INTO watches (org_id, cursor_seq, due_us) SELECT org_id, seq, 0 FROM heads WHERE org_id <> 'system';
INSERT INTO watched_wallets (wallet, org_id, available_micros, is_funded, is_low, is_empty)
  SELECT id, org_id, credits_posted - debits_posted - debits_pending, CASE WHEN credits_posted > 0 THEN 1 ELSE 0 END, 0,
    CASE WHEN credits_posted - debits_posted - debits_pending > 0 THEN 0 ELSE 1 END
  FROM accounts WHERE id LIKE 'wallet:%';
