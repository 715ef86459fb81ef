-- Publications by entry instead of whole documents, drafts of the own lists, counters of their use. Publications of the old form are
-- not carried over: they begin anew at version 1 in every province of the mesh (CHANGELOG).

DROP TABLE publication;
DELETE FROM receipt;

-- Which version of the line a verdict was given under: what the province said to that version holds for the verdict's whole life.
ALTER TABLE given_verdict ADD COLUMN line_version INTEGER NOT NULL DEFAULT 0;

-- The signed head of each version held. The newest one says which entries are visible.
CREATE TABLE publication_version (
  kind      TEXT    NOT NULL,
  publisher TEXT    NOT NULL,
  version   INTEGER NOT NULL,
  digest    TEXT    NOT NULL,
  document  BLOB    NOT NULL,
  size      INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  PRIMARY KEY (kind, publisher, version)
) STRICT, WITHOUT ROWID;

-- A publication: its newest version (0: none yet), when its publisher last said that there is none newer, and its bucket roots.
CREATE TABLE publication (
  number       INTEGER PRIMARY KEY,
  kind         TEXT    NOT NULL,
  publisher    TEXT    NOT NULL,
  newest       INTEGER NOT NULL DEFAULT 0,
  confirmed_at INTEGER NOT NULL DEFAULT 0,
  buckets      BLOB    NOT NULL DEFAULT x'',
  UNIQUE (kind, publisher)
) STRICT;

-- An entry stands in the versions from `since` to before `until` (0: still). Rows with `since` above the newest version are staged. Every
-- look-up chooses its rows in one index before it reads any; a publication goes by its number, because its names would be half of each index.
CREATE TABLE publication_entry (
  place         INTEGER PRIMARY KEY,
  publication   INTEGER NOT NULL,
  id            TEXT    NOT NULL,
  entry_version INTEGER NOT NULL,
  since         INTEGER NOT NULL,
  until         INTEGER NOT NULL,
  bucket        INTEGER NOT NULL,
  leaf          BLOB    NOT NULL,
  body          BLOB    NOT NULL,
  UNIQUE (publication, id, entry_version, until, since)
) STRICT;
CREATE INDEX publication_entry_bucket ON publication_entry (publication, bucket, id, entry_version, since, until, leaf) WHERE until = 0;
CREATE INDEX publication_entry_since ON publication_entry (publication, since, id, entry_version);
CREATE INDEX publication_entry_until ON publication_entry (publication, until, bucket, id, entry_version, since) WHERE until <> 0;

-- Drafts of the imports up to the one named in list_import are visible; those above are staged, and one number makes them visible.
CREATE TABLE list_import (
  kind    TEXT    NOT NULL PRIMARY KEY,
  visible INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE list_draft (
  place      INTEGER PRIMARY KEY,
  kind       TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  import     INTEGER NOT NULL,
  action     TEXT    NOT NULL,
  state      TEXT    NOT NULL,
  body       BLOB    NOT NULL,
  author     TEXT    NOT NULL,
  reviewer   TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  changed_at INTEGER NOT NULL,
  UNIQUE (kind, id, import)
) STRICT;
CREATE INDEX list_draft_state ON list_draft (kind, state, id, import);
CREATE INDEX list_draft_import ON list_draft (kind, import, id);

CREATE TABLE list_move (
  seq     INTEGER PRIMARY KEY AUTOINCREMENT,
  kind    TEXT    NOT NULL,
  id      TEXT    NOT NULL,
  version INTEGER NOT NULL,
  move    TEXT    NOT NULL,
  by      TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  reason  TEXT    NOT NULL
) STRICT;
CREATE INDEX list_move_entry ON list_move (kind, id, seq);

CREATE TABLE usage_counter (
  scope   TEXT    NOT NULL,
  subject TEXT    NOT NULL,
  starts  INTEGER NOT NULL,
  until   INTEGER NOT NULL,
  count   INTEGER NOT NULL,
  PRIMARY KEY (scope, subject, starts)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_counter_until ON usage_counter (until);

CREATE TABLE line_statistic (
  side     TEXT    NOT NULL,
  consumer TEXT    NOT NULL,
  line     TEXT    NOT NULL,
  day      TEXT    NOT NULL,
  what     TEXT    NOT NULL,
  count    INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  PRIMARY KEY (side, consumer, line, day, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX line_statistic_day ON line_statistic (day);
