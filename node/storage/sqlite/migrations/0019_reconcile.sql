-- Reconciliation (node.ports.counterparts, node.ports.reconciliations). `counterpart` is the index of answers that must stand in a peer's
-- log as well: derived from the entries, which alone are the record.
CREATE TABLE counterpart (
  peer   TEXT    NOT NULL,
  issued INTEGER NOT NULL,
  answer BLOB    NOT NULL,
  idx    INTEGER NOT NULL,
  PRIMARY KEY (peer, issued, answer)
) STRICT, WITHOUT ROWID;

-- What came of the newest comparison with each peer.
CREATE TABLE reconciliation (
  peer    TEXT    NOT NULL PRIMARY KEY,
  held_at INTEGER NOT NULL,
  outcome TEXT    NOT NULL,
  told    BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- What one side has on record and the other has not, until a later comparison finds both.
CREATE TABLE missing_record (
  peer     TEXT    NOT NULL,
  issued   INTEGER NOT NULL,
  answer   BLOB    NOT NULL,
  finding  TEXT    NOT NULL,
  lacks    TEXT    NOT NULL,
  exchange TEXT    NOT NULL,
  event    TEXT    NOT NULL,
  proof    BLOB    NOT NULL,
  found_at INTEGER NOT NULL,
  seen_at  INTEGER NOT NULL,
  PRIMARY KEY (peer, issued, answer)
) STRICT, WITHOUT ROWID;
