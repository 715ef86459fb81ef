-- The proofs under which provinces answered and the orders by which they were not asked (node.ports.receipts), whether somebody objects to
-- a certificate, and which entries of the log are of what a peer asked: it chooses the exchange that it asks under.
CREATE TABLE answer_proofs (
  id      INTEGER PRIMARY KEY,
  subject TEXT    NOT NULL UNIQUE,
  kept_at INTEGER NOT NULL,
  proofs  BLOB    NOT NULL,
  stops   BLOB    NOT NULL
) STRICT;

ALTER TABLE certificate ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0;

ALTER TABLE evidence ADD COLUMN of_peer INTEGER NOT NULL DEFAULT 0;
DROP INDEX evidence_exchange;
CREATE INDEX evidence_exchange ON evidence (exchange, of_peer) WHERE exchange IS NOT NULL;
