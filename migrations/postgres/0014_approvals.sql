-- Who said yes to payments that wait for several people.

CREATE TABLE votes (
  transaction_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  org_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (transaction_id, member_id)
);

-- Those that wait for a human: few at any time.
CREATE INDEX transactions_pending ON transactions (org_id, id) WHERE status = 'pending';
