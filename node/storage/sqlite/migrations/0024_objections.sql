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
  escalated    INTEGER NOT NULL
) STRICT;

CREATE INDEX objection_waiting ON objection (certificate) WHERE state IN ('OPEN', 'CHECKING');

CREATE INDEX objection_due ON objection (due, objection_id);

CREATE INDEX objection_app ON objection (app_id, raised_at);

CREATE INDEX objection_raiser ON objection (raiser) WHERE state IN ('OPEN', 'CHECKING');

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
  UNIQUE (objection_id, peer)
) STRICT;

CREATE INDEX objection_errand_next ON objection_errand (peer, attempts, seq);

-- Who was told of a case is told of its end, whatever is forgotten meanwhile.
CREATE TABLE objection_peer (
  objection_id TEXT NOT NULL,
  peer         TEXT NOT NULL,
  PRIMARY KEY (objection_id, peer)
) STRICT, WITHOUT ROWID;

-- Who used a certificate is told what becomes of objections to it.
CREATE INDEX redemption_identifier ON redemption (identifier, consumer);
