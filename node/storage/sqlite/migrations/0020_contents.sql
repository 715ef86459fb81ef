-- What entries of the evidence log bind by commitments (node.ports.contents): salt and content, sealed, empty once erased.

CREATE TABLE content (
  id          INTEGER PRIMARY KEY,
  commitment  TEXT    NOT NULL UNIQUE,
  label       TEXT    NOT NULL,
  subject     TEXT    NOT NULL,
  exchange_id TEXT    NOT NULL,
  sealed      BLOB    NOT NULL,
  kept_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX content_subject ON content (subject);
CREATE INDEX content_kept ON content (kept_at) WHERE sealed <> x'';

-- Which exchanges belong to a subject, also those that bind nothing: what else is kept of them goes, or stays, with it.
CREATE TABLE subject_exchange (
  subject     TEXT NOT NULL,
  exchange_id TEXT NOT NULL,
  PRIMARY KEY (subject, exchange_id)
) STRICT, WITHOUT ROWID;
