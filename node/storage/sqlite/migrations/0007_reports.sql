-- What the verification of files found. `about` says which: ISSUED (key: the file's SM3) or RECEIVED (key: the exchange id).

CREATE TABLE report (
  about       TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  file_sm3    TEXT    NOT NULL,
  verdict     TEXT    NOT NULL,
  sealed      BLOB    NOT NULL,
  verified_at INTEGER NOT NULL,
  PRIMARY KEY (about, key)
) STRICT;
