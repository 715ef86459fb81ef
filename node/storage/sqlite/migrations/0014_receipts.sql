-- The proofs under which provinces answered and the orders by which they were not asked (node.ports.receipts), and whether somebody objects to a certificate.
CREATE TABLE answer_proofs (
  id      INTEGER PRIMARY KEY,
  subject TEXT    NOT NULL UNIQUE,
  kept_at INTEGER NOT NULL,
  proofs  BLOB    NOT NULL,
  stops   BLOB    NOT NULL
) STRICT;

ALTER TABLE certificate ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0;
