-- Cards that agents pay with, issued at Stripe.

-- Who an org's cards are issued to: a person or company that its owners name.
CREATE TABLE cardholders (
  org_id TEXT NOT NULL PRIMARY KEY,
  -- As the owners gave them, JSON.
  details TEXT NOT NULL,
  -- Grows with every change of the details ...
  version BIGINT NOT NULL,
  -- ... and this is the one that Stripe has; 0 is none.
  told_version BIGINT NOT NULL,
  -- What was first sent to make it, and when: a repeat must be the same to the letter.
  asked TEXT,
  asked_us BIGINT,
  attempt BIGINT NOT NULL,
  stripe_id TEXT,
  -- What Stripe still wants to know, JSON.
  requirements TEXT NOT NULL,
  last_error TEXT,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL
);

-- Never the number or the code of one.
CREATE TABLE cards (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  single_use BIGINT NOT NULL CHECK (single_use IN (0, 1)),
  -- The only merchant it may be used at, as policies write merchants.
  merchant TEXT,
  -- Whether the agent may be told the number.
  reveal BIGINT NOT NULL CHECK (reveal IN (0, 1)),
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('issuing', 'active', 'frozen', 'cancelled', 'failed')),
  -- What Stripe is to say of it ...
  wanted TEXT NOT NULL CHECK (wanted IN ('active', 'inactive', 'canceled')),
  wanted_controls TEXT NOT NULL,
  -- ... and what it last said; nothing while a change is under way.
  stripe_status TEXT,
  stripe_controls TEXT,
  -- Until then a change whose answer was lost may still arrive there.
  unsure_us BIGINT,
  -- How many changes were sent.
  calls BIGINT NOT NULL,
  -- What was first sent to make it, and when: a repeat must be the same to the letter.
  asked TEXT,
  asked_us BIGINT,
  attempt BIGINT NOT NULL,
  stripe_id TEXT,
  brand TEXT,
  last4 TEXT,
  exp_month BIGINT,
  exp_year BIGINT,
  -- The card that this one stands in for, why, and the one that stands in for it.
  replaces TEXT,
  replacement_reason TEXT,
  replaced_by TEXT,
  -- Why it was frozen or cancelled.
  note TEXT,
  -- Who wants it to go on, while Stripe has not said yes.
  unfreezer TEXT,
  last_error TEXT,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL
);
CREATE INDEX cards_by_org ON cards (org_id, id);
CREATE INDEX cards_by_agent ON cards (agent_id, id);
CREATE UNIQUE INDEX cards_by_stripe ON cards (stripe_id) WHERE stripe_id IS NOT NULL;

-- Agents that ask their owners for a card.
CREATE TABLE card_requests (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  merchant TEXT,
  single_use BIGINT NOT NULL CHECK (single_use IN (0, 1)),
  status TEXT NOT NULL CHECK (status IN ('asked', 'granted', 'refused')),
  card_id TEXT,
  decided_by TEXT,
  expires_us BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL
);
CREATE INDEX card_requests_by_org ON card_requests (org_id, id);

-- Every look of an agent at its card.
CREATE TABLE card_accesses (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  card_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  address TEXT NOT NULL,
  -- Whether the number was asked for at Stripe, to be told.
  revealed BIGINT NOT NULL CHECK (revealed IN (0, 1)),
  at_us BIGINT NOT NULL
);
CREATE INDEX card_accesses_by_card ON card_accesses (card_id, id);
