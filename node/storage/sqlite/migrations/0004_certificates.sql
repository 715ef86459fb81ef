-- The province's own certificates. `holder_digests` is a JSON array of text. Counts are kept by triggers: counting ten million rows takes long.

CREATE TABLE tally (
  name   TEXT    NOT NULL PRIMARY KEY,
  amount INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO tally (name, amount) VALUES ('certificates', 0);

CREATE TABLE certificate (
  id             INTEGER PRIMARY KEY,
  identifier     TEXT    NOT NULL UNIQUE,
  holder_digests TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  type_name      TEXT    NOT NULL,
  type_code      TEXT    NOT NULL,
  number         TEXT    NOT NULL,
  area_code      TEXT    NOT NULL,
  issuer_name    TEXT    NOT NULL,
  issuer_code    TEXT    NOT NULL,
  issued         TEXT    NOT NULL,
  valid_from     TEXT    NOT NULL,
  valid_until    TEXT    NOT NULL,
  status         TEXT    NOT NULL,
  superseded_by  TEXT    NOT NULL,
  file_sm3       TEXT    NOT NULL,
  file_size      INTEGER NOT NULL,
  file_format    TEXT    NOT NULL,
  sealed         BLOB    NOT NULL
) STRICT;
CREATE TRIGGER certificate_counted AFTER INSERT ON certificate BEGIN
  UPDATE tally SET amount = amount + 1 WHERE name = 'certificates';
END;

-- The look-up of every search: the rows of a holder lie together, newest first within a type.
CREATE TABLE certificate_holder (
  holder_digest  TEXT    NOT NULL,
  type_code      TEXT    NOT NULL,
  issued         TEXT    NOT NULL,
  certificate_id INTEGER NOT NULL REFERENCES certificate (id),
  PRIMARY KEY (holder_digest, type_code, issued DESC, certificate_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX certificate_holder_certificate ON certificate_holder (certificate_id);

-- Rows of running imports, not visible to look-ups.
CREATE TABLE staged_certificate (
  import_id      TEXT    NOT NULL,
  identifier     TEXT    NOT NULL,
  holder_digests TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  type_name      TEXT    NOT NULL,
  type_code      TEXT    NOT NULL,
  number         TEXT    NOT NULL,
  area_code      TEXT    NOT NULL,
  issuer_name    TEXT    NOT NULL,
  issuer_code    TEXT    NOT NULL,
  issued         TEXT    NOT NULL,
  valid_from     TEXT    NOT NULL,
  valid_until    TEXT    NOT NULL,
  status         TEXT    NOT NULL,
  superseded_by  TEXT    NOT NULL,
  file_sm3       TEXT    NOT NULL,
  file_size      INTEGER NOT NULL,
  file_format    TEXT    NOT NULL,
  sealed         BLOB    NOT NULL,
  UNIQUE (import_id, identifier)
) STRICT;
