-- What was seen and what was answered, until it expires: replay and repetition.

CREATE TABLE nonce (
  sender     TEXT    NOT NULL,
  nonce      BLOB    NOT NULL,
  expires_at INTEGER NOT NULL,
  UNIQUE (sender, nonce)
) STRICT;
CREATE INDEX nonce_expires ON nonce (expires_at);

CREATE TABLE answer (
  sender      TEXT    NOT NULL,
  exchange_id TEXT    NOT NULL,
  method      TEXT    NOT NULL,
  intent      BLOB    NOT NULL,
  body        BLOB    NOT NULL,
  expires_at  INTEGER NOT NULL,
  UNIQUE (sender, exchange_id, method)
) STRICT;
CREATE INDEX answer_expires ON answer (expires_at);
