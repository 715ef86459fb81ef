-- The proofs under which messages of other provinces came, of every recorded exchange (node.ports.receipts): a row for what one unit of
-- work keeps, those of what peers asked apart. It takes the place of the proofs of searches and rejections alone.
CREATE TABLE exchange_proofs (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT    NOT NULL,
  of_peer INTEGER NOT NULL,
  kept_at INTEGER NOT NULL,
  proofs  BLOB    NOT NULL,
  stops   BLOB    NOT NULL
) STRICT;
CREATE INDEX exchange_proofs_subject ON exchange_proofs (subject, of_peer);
INSERT INTO exchange_proofs (subject, of_peer, kept_at, proofs, stops)
  SELECT subject, 0, kept_at, proofs, stops FROM answer_proofs ORDER BY id;
DROP TABLE answer_proofs;

-- The heads under kept proofs that were shown to be part of a later head of the same log (node.ports.head_links), with the consistency
-- proof that shows it, and how far the kept proofs of each log have been gone through.
CREATE TABLE head_link (
  province TEXT    NOT NULL,
  size     INTEGER NOT NULL,
  root     BLOB    NOT NULL,
  to_size  INTEGER NOT NULL,
  to_note  BLOB    NOT NULL,
  path     BLOB    NOT NULL,
  holds    INTEGER NOT NULL,
  kept_at  INTEGER NOT NULL,
  PRIMARY KEY (province, size)
) STRICT, WITHOUT ROWID;
CREATE INDEX head_link_kept ON head_link (kept_at);
CREATE INDEX head_link_end ON head_link (province, to_size);
CREATE INDEX head_link_broken ON head_link (province, size) WHERE NOT holds;

CREATE TABLE head_link_mark (
  province TEXT    NOT NULL PRIMARY KEY,
  row      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
