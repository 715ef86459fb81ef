-- Subjects whose contents are kept beyond their time (node.ports.holds).

CREATE TABLE hold (
  subject TEXT    PRIMARY KEY,
  ground  TEXT    NOT NULL,
  by_whom TEXT    NOT NULL,
  since   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A hold on a subject is one on its exchanges, too.
CREATE VIEW held_exchange AS
  SELECT subject AS exchange_id FROM hold
  UNION ALL
  SELECT subject_exchange.exchange_id FROM hold JOIN subject_exchange ON subject_exchange.subject = hold.subject;

-- What is erased with an application, and what is old enough to go by itself.
CREATE INDEX own_application_kept ON own_application (expires_at) WHERE sealed <> x'';
CREATE INDEX given_verdict_kept ON given_verdict (expires_at) WHERE holder_digest <> '';
CREATE INDEX given_verdict_application ON given_verdict (apply_id);
CREATE INDEX review_application ON review (apply_id);
CREATE INDEX answer_exchange ON answer (exchange_id);
