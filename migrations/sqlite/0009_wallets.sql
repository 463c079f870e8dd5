-- Money that comes into wallets from outside, and the pages of Stripe's on which people pay it.

-- Each under a reference that is unique in the ledger, so that it is credited once.
CREATE TABLE receipts (
  reference TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT,
  wallet TEXT NOT NULL,
  -- The id of what it was paid for.
  about TEXT NOT NULL,
  amount_micros BIGINT NOT NULL CHECK (amount_micros > 0),
  currency TEXT NOT NULL,
  -- The audit entry that it came with.
  seq BIGINT NOT NULL,
  refunded_micros BIGINT NOT NULL,
  disputed_micros BIGINT NOT NULL,
  received_us BIGINT NOT NULL
) WITHOUT ROWID;

-- What came into wallets and what came back, of an agent's story: few entries of a trail.
CREATE INDEX events_of_wallets ON events (org_id, seq) WHERE action IN ('payment.dispute_won', 'payment.disputed',
  'payment.refunded', 'wallet.deposited', 'wallet.dispute_won', 'wallet.disputed', 'wallet.received', 'wallet.refunded');

-- A sum that somebody may pay into a wallet: a top-up, or a payment link.
CREATE TABLE checkouts (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  -- The agent whose wallet it is for; the org's own when absent.
  agent_id TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('topup', 'link')),
  amount_micros BIGINT NOT NULL CHECK (amount_micros > 0),
  currency TEXT NOT NULL,
  -- An agent's reason or description, or an owner's words.
  words TEXT NOT NULL,
  payer_email TEXT,
  actor TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('asked', 'open', 'processing', 'paid', 'failed', 'expired')),
  -- How many pages were made for it at Stripe; at most one of them can be paid at a time.
  attempt BIGINT NOT NULL,
  session_id TEXT,
  session_url TEXT,
  session_expires_us BIGINT,
  payment_intent TEXT,
  -- Until then a page can be made for it.
  expires_us BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL,
  paid_us BIGINT
);
CREATE INDEX checkouts_by_org ON checkouts (org_id, kind, id);
CREATE INDEX checkouts_by_payment ON checkouts (payment_intent) WHERE payment_intent IS NOT NULL;
