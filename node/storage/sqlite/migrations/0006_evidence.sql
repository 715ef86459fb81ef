-- The evidence log. `hashes` holds, leaf first, the 32-byte hashes of the complete subtrees that this entry finished, so that node
-- (level, k) of the tree lies in row (k + 1) * 2^level - 1 at byte 32 * level (trust.merkle).

CREATE TABLE evidence (
  idx      INTEGER PRIMARY KEY,
  exchange TEXT,
  entry    BLOB NOT NULL,
  hashes   BLOB NOT NULL
) STRICT;
CREATE INDEX evidence_exchange ON evidence (exchange) WHERE exchange IS NOT NULL;
CREATE TRIGGER evidence_not_changed BEFORE UPDATE ON evidence BEGIN
  SELECT RAISE(ABORT, 'the evidence log is append-only');
END;
CREATE TRIGGER evidence_not_deleted BEFORE DELETE ON evidence BEGIN
  SELECT RAISE(ABORT, 'the evidence log is append-only');
END;

-- One row: how many entries, and the Merkle root over them. It advances by compare-and-swap and never goes back.
CREATE TABLE head (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  size     INTEGER NOT NULL,
  root     BLOB    NOT NULL
) STRICT;
INSERT INTO head (only_row, size, root)
  VALUES (1, 0, X'1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b');
CREATE TRIGGER head_never_back BEFORE UPDATE ON head WHEN NEW.size < OLD.size BEGIN
  SELECT RAISE(ABORT, 'the head never goes back');
END;

CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY,
  note BLOB NOT NULL
) STRICT;
