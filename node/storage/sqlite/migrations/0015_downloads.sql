-- One-time addresses of files: the SM3 of the token, whose it is, how many bytes the file has, until when it is good, and when it was used (NULL: not yet).

CREATE TABLE download (
  token_digest TEXT    NOT NULL PRIMARY KEY,
  app_id       TEXT    NOT NULL,
  exchange_id  TEXT    NOT NULL,
  sealed       BLOB    NOT NULL,
  size         INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  taken_at     INTEGER
) STRICT;
CREATE INDEX download_expires ON download (expires_at);
CREATE INDEX download_waiting ON download (app_id, expires_at) WHERE taken_at IS NULL;
CREATE INDEX download_exchange ON download (exchange_id) WHERE taken_at IS NULL;
