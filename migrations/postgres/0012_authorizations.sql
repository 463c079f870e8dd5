-- Card purchases: which card stands for a transaction, reservations that wait for their purchase, and what the card
-- network asked and told of each authorisation.

-- The card that it was asked with; `key_id` is empty then.
ALTER TABLE transactions ADD COLUMN card_id TEXT;
-- Set on a reservation, which waits for its purchase instead of being paid by a job: how far the amounts may differ.
ALTER TABLE transactions ADD COLUMN tolerance_micros BIGINT;
-- Those that can still be taken up: few at any time.
CREATE INDEX transactions_reserved ON transactions (agent_id, merchant_key)
  WHERE tolerance_micros IS NOT NULL AND status IN ('pending', 'approved');

-- One row per authorisation that the network asked about or told of, and per payment that it told of without one.
CREATE TABLE authorizations (
  -- The network's own id.
  reference TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  card_id TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  -- What was answered, as JSON: yes or no by the id of the question.
  requests TEXT NOT NULL,
  -- What moved, as JSON: micros by the network's own id. The sums stand beside them.
  captures TEXT NOT NULL,
  refunds TEXT NOT NULL,
  captured_micros BIGINT NOT NULL,
  refunded_micros BIGINT NOT NULL,
  -- 1 once the network holds nothing any more, for good.
  ended BIGINT NOT NULL CHECK (ended IN (0, 1)),
  -- When the network was last told yes: for a moment it may not know of that itself.
  allowed_us BIGINT,
  created_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL
);
