-- Objections to certificates: the cases, their signed documents, and the peers that wait to be told of them.

CREATE TABLE objection (
  objection_id TEXT    PRIMARY KEY,
  part         TEXT    NOT NULL,
  raiser       TEXT    NOT NULL,
  owner        TEXT    NOT NULL,
  certificate  TEXT    NOT NULL,
  state        TEXT    NOT NULL,
  raised_at    INTEGER NOT NULL,
  due          TEXT    NOT NULL,
  changed_at   INTEGER NOT NULL,
  app_id       TEXT    NOT NULL,
  baseline     TEXT    NOT NULL,
  refusal      TEXT    NOT NULL,
  taking_back  INTEGER NOT NULL,
  escalated    INTEGER NOT NULL,
  received_at  INTEGER
) STRICT;

CREATE INDEX objection_waiting ON objection (certificate, owner) WHERE state IN ('OPEN', 'CHECKING');

CREATE INDEX objection_place ON objection (part, state, due, objection_id);

CREATE INDEX objection_late ON objection (due, objection_id) WHERE state IN ('OPEN', 'CHECKING') AND escalated = 0;

CREATE INDEX objection_app ON objection (app_id, raised_at);

CREATE INDEX objection_raiser ON objection (raiser, state) WHERE state IN ('OPEN', 'CHECKING');

CREATE INDEX objection_taking_back ON objection (changed_at) WHERE taking_back = 1;

CREATE INDEX objection_ended ON objection (changed_at) WHERE state NOT IN ('OPEN', 'CHECKING');

CREATE TABLE objection_document (
  objection_id TEXT    NOT NULL,
  place        INTEGER NOT NULL,
  document     BLOB    NOT NULL,
  PRIMARY KEY (objection_id, place)
) STRICT;

CREATE TABLE objection_errand (
  seq          INTEGER PRIMARY KEY,
  objection_id TEXT    NOT NULL,
  peer         TEXT    NOT NULL,
  wanted       INTEGER NOT NULL,
  attempts     INTEGER NOT NULL,
  parked       INTEGER NOT NULL,
  UNIQUE (objection_id, peer)
) STRICT;

CREATE INDEX objection_errand_next ON objection_errand (peer, parked, attempts, seq);

-- Counts are read every few seconds, and cases are kept for years.
CREATE TABLE objection_tally (
  part   TEXT    NOT NULL,
  state  TEXT    NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (part, state)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER objection_counted AFTER INSERT ON objection BEGIN
  INSERT INTO objection_tally (part, state, amount) VALUES (NEW.part, NEW.state, 1)
  ON CONFLICT (part, state) DO UPDATE SET amount = amount + 1;
END;

CREATE TRIGGER objection_moved AFTER UPDATE OF state ON objection WHEN NEW.state <> OLD.state BEGIN
  UPDATE objection_tally SET amount = amount - 1 WHERE part = OLD.part AND state = OLD.state;
  INSERT INTO objection_tally (part, state, amount) VALUES (NEW.part, NEW.state, 1)
  ON CONFLICT (part, state) DO UPDATE SET amount = amount + 1;
END;

CREATE TRIGGER objection_forgotten AFTER DELETE ON objection BEGIN
  UPDATE objection_tally SET amount = amount - 1 WHERE part = OLD.part AND state = OLD.state;
END;

-- Who was told of a case is told of its end, whatever is forgotten meanwhile.
CREATE TABLE objection_peer (
  objection_id TEXT NOT NULL,
  peer         TEXT NOT NULL,
  PRIMARY KEY (objection_id, peer)
) STRICT, WITHOUT ROWID;

-- Who used a certificate is told what becomes of objections to it.
CREATE INDEX redemption_identifier ON redemption (identifier, consumer);
