-- Heads of the own evidence log that were offered to the peers, with the cosignatures that came back; and, of each peer's log, the head that
-- this node cosigned last: neither size nor time of that ever goes back.

CREATE TABLE cosigned_head (
  size    INTEGER PRIMARY KEY,
  seconds INTEGER NOT NULL,
  note    BLOB    NOT NULL
) STRICT;

CREATE TABLE cosignature (
  size     INTEGER NOT NULL REFERENCES cosigned_head (size) ON DELETE CASCADE,
  province TEXT    NOT NULL,
  seconds  INTEGER NOT NULL,
  line     BLOB    NOT NULL,
  PRIMARY KEY (size, province)
) STRICT, WITHOUT ROWID;

CREATE TABLE cosigned_peer (
  log     TEXT    PRIMARY KEY,
  size    INTEGER NOT NULL,
  seconds INTEGER NOT NULL,
  note    BLOB    NOT NULL
) STRICT;

CREATE TRIGGER cosigned_peer_never_back BEFORE UPDATE ON cosigned_peer WHEN NEW.size < OLD.size OR NEW.seconds < OLD.seconds BEGIN
  SELECT RAISE(ABORT, 'what was cosigned of a log never goes back');
END;
