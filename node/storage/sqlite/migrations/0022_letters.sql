-- The outbox holds letters: to peers and to systems of the province, signed by who made them, held back where the law says so. What they are
-- deferred by is kept some years behind its end.

ALTER TABLE outbox ADD COLUMN queued_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN exchange TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN application TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN certificate BLOB NOT NULL DEFAULT x'';
ALTER TABLE outbox ADD COLUMN signature BLOB NOT NULL DEFAULT x'';
ALTER TABLE outbox ADD COLUMN settled_at INTEGER;
ALTER TABLE outbox ADD COLUMN detail TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_dead ON outbox (peer, seq) WHERE state = 'DEAD';
CREATE INDEX outbox_deferred ON outbox (peer, seq) WHERE state = 'DEFERRED';
CREATE INDEX outbox_delivered ON outbox (peer, seq) WHERE state = 'DELIVERED';
CREATE INDEX outbox_exchange ON outbox (exchange, seq) WHERE exchange <> '' AND state IN ('PENDING', 'DEFERRED');
CREATE INDEX outbox_application ON outbox (application, seq) WHERE application <> '' AND state IN ('PENDING', 'DEFERRED');
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE state = 'DELIVERED';
CREATE TRIGGER outbox_forgotten AFTER DELETE ON outbox BEGIN
  UPDATE outbox_tally SET items = items - 1 WHERE peer = OLD.peer AND state = OLD.state;
END;

CREATE TABLE deferral (
  deferral_id TEXT    NOT NULL PRIMARY KEY,
  province    TEXT    NOT NULL,
  kind        TEXT    NOT NULL,
  subject     TEXT    NOT NULL,
  law         TEXT    NOT NULL,
  article     TEXT    NOT NULL,
  until       INTEGER NOT NULL,
  manager     TEXT    NOT NULL,
  given_at    INTEGER NOT NULL,
  ended_at    INTEGER,
  ended_by    TEXT    NOT NULL
) STRICT;
CREATE INDEX deferral_in_force ON deferral (kind, subject) WHERE ended_at IS NULL;
CREATE INDEX deferral_due ON deferral (until) WHERE ended_at IS NULL;
CREATE INDEX deferral_given ON deferral (given_at);
CREATE INDEX deferral_of ON deferral (province) WHERE ended_at IS NULL;
CREATE INDEX deferral_ended ON deferral (ended_at) WHERE ended_at IS NOT NULL;
