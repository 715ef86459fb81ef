-- Heads of the peers' evidence logs, as their signed notes state them: the NEWEST seen, and the newest that is LINKED, which means shown to
-- extend every one linked before it.

CREATE TABLE peer_head (
  province TEXT    NOT NULL,
  role     TEXT    NOT NULL,
  size     INTEGER NOT NULL,
  root     BLOB    NOT NULL,
  note     BLOB    NOT NULL,
  PRIMARY KEY (province, role)
) STRICT;

CREATE TRIGGER peer_head_never_back BEFORE UPDATE ON peer_head WHEN NEW.size <= OLD.size BEGIN
  SELECT RAISE(ABORT, 'the head of a peer never goes back');
END;
