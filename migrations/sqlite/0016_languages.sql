-- The language that an address is written to in, once its person chose one or signed in with a browser that asks for one.
CREATE TABLE languages (
  email TEXT NOT NULL PRIMARY KEY,
  language TEXT NOT NULL CHECK (language IN ('en', 'pt-BR')),
  updated_us BIGINT NOT NULL
) WITHOUT ROWID;

-- What is known of people who have not signed in yet: what the bot said, and what the browser asked for.
ALTER TABLE registrations ADD COLUMN owner_language TEXT CHECK (owner_language IN ('en', 'pt-BR'));
ALTER TABLE sign_ins ADD COLUMN language TEXT CHECK (language IN ('en', 'pt-BR'));
