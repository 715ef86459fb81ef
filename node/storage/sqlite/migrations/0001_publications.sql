-- Publications, own and peers', and the receipts peers gave for ours. Times are milliseconds since 1970-01-01T00:00Z throughout.

CREATE TABLE publication (
  kind      TEXT    NOT NULL,
  publisher TEXT    NOT NULL,
  version   INTEGER NOT NULL,
  digest    TEXT    NOT NULL,
  document  BLOB    NOT NULL,
  stored_at INTEGER NOT NULL,
  PRIMARY KEY (kind, publisher, version)
) STRICT;

CREATE TABLE receipt (
  kind        TEXT    NOT NULL,
  peer        TEXT    NOT NULL,
  version     INTEGER NOT NULL,
  digest      TEXT    NOT NULL,
  received_at INTEGER NOT NULL,
  refusal     TEXT    NOT NULL,
  PRIMARY KEY (kind, peer)
) STRICT, WITHOUT ROWID;
