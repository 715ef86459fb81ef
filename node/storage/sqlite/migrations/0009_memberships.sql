-- The chain of membership documents, from the one this node began with; no version is missing, none is ever replaced.

CREATE TABLE membership (
  version   INTEGER NOT NULL PRIMARY KEY,
  digest    TEXT    NOT NULL,
  document  BLOB    NOT NULL,
  stored_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER membership_not_changed BEFORE UPDATE ON membership BEGIN
  SELECT RAISE(ABORT, 'the membership chain is append-only');
END;

CREATE TRIGGER membership_not_deleted BEFORE DELETE ON membership BEGIN
  SELECT RAISE(ABORT, 'the membership chain is append-only');
END;
