-- Operators paused for how they applied, by the digest that stop orders use; and applications that wait for a person's decision, whose
-- personal part is sealed. `bound` is the limit that was passed. What a received verdict admits is kept whole.

CREATE TABLE alarm (
  alarm_id  TEXT    NOT NULL PRIMARY KEY,
  side      TEXT    NOT NULL,
  consumer  TEXT    NOT NULL,
  operator  TEXT    NOT NULL,
  kind      TEXT    NOT NULL,
  bound     INTEGER NOT NULL,
  apply_id  TEXT    NOT NULL,
  app_id    TEXT    NOT NULL,
  line      TEXT    NOT NULL,
  raised_at INTEGER NOT NULL,
  until     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX alarm_operator ON alarm (consumer, operator, until);

CREATE INDEX alarm_raised ON alarm (raised_at, alarm_id);

CREATE INDEX alarm_until ON alarm (until);

CREATE TABLE review (
  consumer     TEXT    NOT NULL,
  apply_id     TEXT    NOT NULL,
  content      TEXT    NOT NULL,
  state        TEXT    NOT NULL,
  line         TEXT    NOT NULL,
  line_version INTEGER NOT NULL,
  use_org_code TEXT    NOT NULL,
  use_org_name TEXT    NOT NULL,
  item_code    TEXT    NOT NULL,
  item_name    TEXT    NOT NULL,
  type_codes   TEXT    NOT NULL,
  sealed       BLOB    NOT NULL,
  queued_at    INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  decided_at   INTEGER,
  reviewer     TEXT    NOT NULL,
  reason       TEXT    NOT NULL,
  PRIMARY KEY (consumer, apply_id)
) STRICT;

CREATE INDEX review_queued ON review (queued_at, consumer, apply_id);

CREATE INDEX review_expires ON review (expires_at);

CREATE INDEX review_waiting ON review (consumer, line, expires_at) WHERE state = 'WAITING';

ALTER TABLE received_verdict ADD COLUMN outputs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE received_verdict ADD COLUMN fields TEXT NOT NULL DEFAULT '[]';
ALTER TABLE received_verdict ADD COLUMN detail TEXT NOT NULL DEFAULT '';
