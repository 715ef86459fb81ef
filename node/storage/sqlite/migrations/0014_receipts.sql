-- The proofs under which provinces answered (node.ports.receipts), and whether somebody objects to a certificate.
CREATE TABLE answer_proof (
  id         INTEGER PRIMARY KEY,
  subject    TEXT    NOT NULL,
  province   TEXT    NOT NULL,
  kept_at    INTEGER NOT NULL,
  entry      BLOB    NOT NULL,
  idx        INTEGER NOT NULL,
  path       BLOB    NOT NULL,
  checkpoint BLOB    NOT NULL,
  UNIQUE (subject, province)
) STRICT;

ALTER TABLE certificate ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0;
