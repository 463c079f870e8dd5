-- The first run: whoever sets the server up is signed in by the link that it printed.
ALTER TABLE sessions DROP CONSTRAINT sessions_method_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_method_check
  CHECK (method IN ('mail', 'passkey', 'oidc', 'first_run'));
