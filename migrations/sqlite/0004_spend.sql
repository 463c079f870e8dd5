-- Payees, the mails that approvals are asked by, and what rails tell us on their own.

CREATE TABLE payees (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  merchant TEXT NOT NULL,
  -- An IDNA-lowercased host, or a trimmed, case-folded name.
  merchant_key TEXT NOT NULL,
  category TEXT,
  stripe_account TEXT,
  created_us BIGINT NOT NULL,
  UNIQUE (org_id, merchant_key)
);

CREATE TABLE mails (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  transaction_id TEXT,
  -- What the mail is about, as JSON; its words are made when it is sent.
  about TEXT NOT NULL,
  kind TEXT NOT NULL,
  recipient TEXT NOT NULL,
  -- One mail per event and recipient, however often its job runs.
  event_key TEXT NOT NULL,
  message_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'sent', 'failed')),
  error TEXT,
  created_us BIGINT NOT NULL,
  sent_us BIGINT,
  UNIQUE (event_key, recipient)
);
CREATE INDEX mails_by_transaction ON mails (transaction_id);

CREATE TABLE stripe_events (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  received_us BIGINT NOT NULL
);
