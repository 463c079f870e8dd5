-- Payment methods that Stripe keeps for orgs, and wallets that are filled by charging one.

-- The customer that stands for an org at Stripe. Written before Stripe is asked for it, so that there is one.
CREATE TABLE stripe_customers (
  org_id TEXT NOT NULL PRIMARY KEY,
  -- The how manyth: another is made only when the one before was deleted at Stripe.
  attempt BIGINT NOT NULL,
  -- `cus_…`, once Stripe has answered.
  customer TEXT,
  asked_us BIGINT NOT NULL,
  -- When the first was asked for.
  since_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX stripe_customers_by_customer ON stripe_customers (customer) WHERE customer IS NOT NULL;

CREATE TABLE payment_methods (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  -- `open`: its page is, or soon will be; `checking`: Stripe verifies what was given there; `ended`: not by an owner's
  -- word, `ended_reason` says by what.
  status TEXT NOT NULL CHECK (status IN ('open', 'checking', 'active', 'ended', 'removed')),
  ended_reason TEXT,
  customer TEXT NOT NULL,
  session_id TEXT,
  session_url TEXT,
  session_expires_us BIGINT NOT NULL,
  -- `pm_…`, once it is saved.
  method TEXT,
  kind TEXT,
  brand TEXT,
  last4 TEXT,
  exp_month BIGINT,
  exp_year BIGINT,
  -- Whether automatic top-ups may charge it. What direct payments charge stands in `orgs`.
  for_topups BIGINT NOT NULL CHECK (for_topups IN (0, 1)),
  -- When Stripe no longer had it, or its page, after it was removed here.
  detached_us BIGINT,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL
);
CREATE INDEX payment_methods_by_org ON payment_methods (org_id, id);
CREATE UNIQUE INDEX payment_methods_by_method ON payment_methods (method) WHERE method IS NOT NULL;
-- One page of an org's is open at a time.
CREATE UNIQUE INDEX payment_methods_open ON payment_methods (org_id) WHERE status = 'open';

-- By which rule a wallet is filled by itself.
CREATE TABLE auto_topups (
  wallet TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  -- The agent whose own wallet it is; the org's when absent.
  agent_id TEXT,
  floor_micros BIGINT NOT NULL CHECK (floor_micros > 0),
  amount_micros BIGINT NOT NULL CHECK (amount_micros > 0),
  monthly_cap_micros BIGINT NOT NULL CHECK (monthly_cap_micros > 0),
  currency TEXT NOT NULL,
  payment_method_id TEXT NOT NULL,
  -- Why it waits for an owner; it works when absent.
  paused_reason TEXT,
  -- It has nothing left of its month until then.
  wait_until_us BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL
);

-- An automatic top-up is a checkout without a page: the wallet that it fills, what is charged, and why it was refused.
ALTER TABLE checkouts ADD COLUMN auto_wallet TEXT;
ALTER TABLE checkouts ADD COLUMN payment_method_id TEXT;
ALTER TABLE checkouts ADD COLUMN customer TEXT;
ALTER TABLE checkouts ADD COLUMN method TEXT;
ALTER TABLE checkouts ADD COLUMN failure TEXT;
-- One at a time fills a wallet.
CREATE UNIQUE INDEX checkouts_auto_open ON checkouts (auto_wallet) WHERE auto_wallet IS NOT NULL AND status = 'processing';
CREATE INDEX checkouts_auto ON checkouts (auto_wallet, created_us) WHERE auto_wallet IS NOT NULL;

-- The connected account by which an org receives money. Written before Stripe is asked for it, so that there is one.
CREATE TABLE payout_accounts (
  org_id TEXT NOT NULL PRIMARY KEY,
  -- The how manyth request it is.
  attempt BIGINT NOT NULL,
  -- `acct_…`, once Stripe has answered.
  account TEXT,
  country TEXT,
  asked_us BIGINT NOT NULL,
  since_us BIGINT NOT NULL,
  -- What Stripe said when it was last asked.
  details_submitted BIGINT NOT NULL,
  charges_enabled BIGINT NOT NULL,
  payouts_enabled BIGINT NOT NULL,
  disabled_reason TEXT,
  -- Names of what Stripe wants to know next, as a JSON list.
  due TEXT NOT NULL,
  checked_us BIGINT
);
CREATE UNIQUE INDEX payout_accounts_by_account ON payout_accounts (account) WHERE account IS NOT NULL;
