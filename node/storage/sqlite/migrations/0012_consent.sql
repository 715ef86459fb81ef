-- Consents taken here, handles that stand for holders, what a verdict rests on, and standing applications: one use in each period, and the
-- province and period that an exchange belongs to.

-- The table is made anew because its key has one column more.
ALTER TABLE redemption RENAME TO redemption_before;
CREATE TABLE redemption (
  consumer    TEXT    NOT NULL,
  apply_id    TEXT    NOT NULL,
  period      INTEGER NOT NULL,
  identifier  TEXT    NOT NULL,
  output      TEXT    NOT NULL,
  exchange_id TEXT    NOT NULL,
  PRIMARY KEY (consumer, apply_id, period, identifier, output)
) STRICT, WITHOUT ROWID;
INSERT INTO redemption (consumer, apply_id, period, identifier, output, exchange_id)
SELECT consumer, apply_id, 0, identifier, output, exchange_id FROM redemption_before;
DROP TABLE redemption_before;

CREATE TABLE begun_exchange (
  exchange_id TEXT    PRIMARY KEY,
  provider    TEXT    NOT NULL,
  use_code    TEXT    NOT NULL,
  until       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE given_verdict ADD COLUMN consent_province TEXT NOT NULL DEFAULT '';
ALTER TABLE given_verdict ADD COLUMN consent_id TEXT NOT NULL DEFAULT '';
ALTER TABLE given_verdict ADD COLUMN consent_key TEXT NOT NULL DEFAULT '';
ALTER TABLE given_verdict ADD COLUMN consent_home TEXT NOT NULL DEFAULT '';
ALTER TABLE given_verdict ADD COLUMN period INTEGER NOT NULL DEFAULT 0;

CREATE TABLE consent (
  consent_id TEXT    PRIMARY KEY,
  grantor    TEXT    NOT NULL,
  app_id     TEXT    NOT NULL,
  document   BLOB    NOT NULL,
  taken_at   INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX consent_by_grantor ON consent (grantor, taken_at);

CREATE INDEX consent_by_end ON consent (ends_at);

CREATE TABLE handle (
  handle     TEXT    PRIMARY KEY,
  app_id     TEXT    NOT NULL,
  minted_by  TEXT    NOT NULL,
  sealed     BLOB    NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX handle_by_end ON handle (expires_at);
