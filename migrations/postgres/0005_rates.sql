-- How often somebody did something, where there is a limit to it.

CREATE TABLE rates (
  -- What was done: `register`, `topup_request`, …
  name TEXT NOT NULL,
  -- Who did it: an address, an agent, …
  subject TEXT NOT NULL,
  -- When, in microseconds since the epoch, oldest first, each followed by a space. At most as many as the limit.
  times TEXT NOT NULL,
  last_us BIGINT NOT NULL,
  PRIMARY KEY (name, subject)
);
CREATE INDEX rates_by_age ON rates (last_us);
