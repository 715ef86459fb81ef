-- The outbox towards peers and the notices received. Rows are not deleted; counts are kept by triggers.

CREATE TABLE outbox (
  seq       INTEGER PRIMARY KEY,
  peer      TEXT    NOT NULL,
  notice_id TEXT    NOT NULL,
  event     BLOB    NOT NULL,
  attempts  INTEGER NOT NULL DEFAULT 0,
  state     TEXT    NOT NULL DEFAULT 'PENDING',
  UNIQUE (peer, notice_id)
) STRICT;
CREATE INDEX outbox_pending ON outbox (peer, seq) WHERE state = 'PENDING';

CREATE TABLE outbox_tally (
  peer  TEXT    NOT NULL,
  state TEXT    NOT NULL,
  items INTEGER NOT NULL,
  PRIMARY KEY (peer, state)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER outbox_enqueued AFTER INSERT ON outbox BEGIN
  INSERT INTO outbox_tally (peer, state, items) VALUES (NEW.peer, NEW.state, 1)
    ON CONFLICT (peer, state) DO UPDATE SET items = items + 1;
END;
CREATE TRIGGER outbox_settled AFTER UPDATE OF state ON outbox WHEN OLD.state <> NEW.state BEGIN
  UPDATE outbox_tally SET items = items - 1 WHERE peer = OLD.peer AND state = OLD.state;
  INSERT INTO outbox_tally (peer, state, items) VALUES (NEW.peer, NEW.state, 1)
    ON CONFLICT (peer, state) DO UPDATE SET items = items + 1;
END;

CREATE TABLE holder_use (
  seq           INTEGER PRIMARY KEY,
  notice_id     TEXT    NOT NULL UNIQUE,
  addressee     TEXT    NOT NULL,
  holder_handle TEXT    NOT NULL,
  provider      TEXT    NOT NULL,
  event         BLOB    NOT NULL,
  received_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX holder_use_holder ON holder_use (holder_handle, received_at);
INSERT INTO tally (name, amount) VALUES ('holder_uses', 0);
CREATE TRIGGER holder_use_counted AFTER INSERT ON holder_use BEGIN
  UPDATE tally SET amount = amount + 1 WHERE name = 'holder_uses';
END;
