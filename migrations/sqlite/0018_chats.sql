-- Chats that members have linked to themselves: they are asked there too, and answer there.
CREATE TABLE chat_links (
  member_id TEXT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('telegram')),
  org_id TEXT NOT NULL,
  -- What the messenger calls the account, and the chat with it.
  account TEXT NOT NULL,
  chat TEXT NOT NULL,
  -- What the account calls itself.
  name TEXT NOT NULL,
  linked_us BIGINT NOT NULL,
  PRIMARY KEY (member_id, channel)
) WITHOUT ROWID;
-- One account speaks for one member of an org, so that nobody counts twice.
CREATE UNIQUE INDEX chat_links_by_account ON chat_links (channel, account, org_id);

-- Codes by which a chat is linked, by their SHA-256. Once used, one says by which account until its time is over.
CREATE TABLE chat_codes (
  hash TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  used_by TEXT,
  expires_us BIGINT NOT NULL
) WITHOUT ROWID;

-- Questions in chats. Each is about one payment as it was asked about, for one member.
CREATE TABLE chat_messages (
  id TEXT NOT NULL PRIMARY KEY,
  org_id TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  -- The account and the chat that were linked when it was queued.
  account TEXT NOT NULL,
  chat TEXT NOT NULL,
  intent_hash TEXT NOT NULL,
  is_reminder BIGINT NOT NULL,
  event_key TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'sent', 'failed')),
  -- What the messenger calls it once it is sent, and the SHA-256 of what it says by now.
  message TEXT,
  shown TEXT,
  -- What was pressed last.
  answer TEXT CHECK (answer IN ('approve', 'decline')),
  error TEXT,
  created_us BIGINT NOT NULL,
  sent_us BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX chat_messages_by_event ON chat_messages (event_key, member_id, channel);
CREATE INDEX chat_messages_by_transaction ON chat_messages (transaction_id);
