-- Applications made here, verdicts in both directions, uses spent, and what searches found. Lists are JSON arrays of text.

CREATE TABLE own_application (
  apply_id      TEXT    NOT NULL PRIMARY KEY,
  app_id        TEXT    NOT NULL,
  holder_digest TEXT    NOT NULL,
  sealed        BLOB    NOT NULL,
  created_at    INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE given_verdict (
  consumer        TEXT    NOT NULL,
  apply_id        TEXT    NOT NULL,
  holder_digest   TEXT    NOT NULL,
  type_codes      TEXT    NOT NULL,
  outputs         TEXT    NOT NULL,
  fields          TEXT    NOT NULL,
  use_code_digest TEXT    NOT NULL,
  use_org_code    TEXT    NOT NULL,
  use_org_name    TEXT    NOT NULL,
  item_code       TEXT    NOT NULL,
  item_name       TEXT    NOT NULL,
  use_cause       TEXT    NOT NULL,
  expires_at      INTEGER NOT NULL,
  PRIMARY KEY (consumer, apply_id)
) STRICT;

CREATE TABLE received_verdict (
  apply_id   TEXT    NOT NULL,
  provider   TEXT    NOT NULL,
  result     TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  type_codes TEXT    NOT NULL,
  use_code   TEXT    NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (apply_id, provider)
) STRICT, WITHOUT ROWID;

-- One row per use spent: the key is the use, so that it cannot be spent twice.
CREATE TABLE redemption (
  consumer    TEXT NOT NULL,
  apply_id    TEXT NOT NULL,
  identifier  TEXT NOT NULL,
  output      TEXT NOT NULL,
  exchange_id TEXT NOT NULL,
  PRIMARY KEY (consumer, apply_id, identifier, output)
) STRICT, WITHOUT ROWID;

CREATE TABLE found (
  apply_id   TEXT NOT NULL,
  identifier TEXT NOT NULL,
  province   TEXT NOT NULL,
  PRIMARY KEY (apply_id, identifier, province)
) STRICT, WITHOUT ROWID;
