-- The sum of migrations/*.sql, for reading; nothing runs this file, and a test makes it again.

CREATE TABLE alarm (
  alarm_id  TEXT    NOT NULL PRIMARY KEY,
  side      TEXT    NOT NULL,
  consumer  TEXT    NOT NULL,
  operator  TEXT    NOT NULL,
  kind      TEXT    NOT NULL,
  bound     INTEGER NOT NULL,
  apply_id  TEXT    NOT NULL,
  app_id    TEXT    NOT NULL,
  line      TEXT    NOT NULL,
  raised_at INTEGER NOT NULL,
  until     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE answer (
  sender      TEXT    NOT NULL,
  exchange_id TEXT    NOT NULL,
  method      TEXT    NOT NULL,
  intent      BLOB    NOT NULL,
  body        BLOB    NOT NULL,
  expires_at  INTEGER NOT NULL, keyed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (sender, exchange_id, method)
) STRICT;

CREATE TABLE begun_exchange (
  exchange_id TEXT    PRIMARY KEY,
  provider    TEXT    NOT NULL,
  use_code    TEXT    NOT NULL,
  until       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE certificate (
  id             INTEGER PRIMARY KEY,
  identifier     TEXT    NOT NULL UNIQUE,
  holder_digests TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  type_name      TEXT    NOT NULL,
  type_code      TEXT    NOT NULL,
  number         TEXT    NOT NULL,
  area_code      TEXT    NOT NULL,
  issuer_name    TEXT    NOT NULL,
  issuer_code    TEXT    NOT NULL,
  issued         TEXT    NOT NULL,
  valid_from     TEXT    NOT NULL,
  valid_until    TEXT    NOT NULL,
  status         TEXT    NOT NULL,
  superseded_by  TEXT    NOT NULL,
  file_sm3       TEXT    NOT NULL,
  file_size      INTEGER NOT NULL,
  file_format    TEXT    NOT NULL,
  sealed         BLOB    NOT NULL
, disputed INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE certificate_holder (
  holder_digest  TEXT    NOT NULL,
  type_code      TEXT    NOT NULL,
  issued         TEXT    NOT NULL,
  certificate_id INTEGER NOT NULL REFERENCES certificate (id),
  PRIMARY KEY (holder_digest, type_code, issued DESC, certificate_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY,
  note BLOB NOT NULL
) STRICT;

CREATE TABLE consent (
  consent_id TEXT    PRIMARY KEY,
  grantor_key    TEXT    NOT NULL,
  app_id     TEXT    NOT NULL,
  document   BLOB    NOT NULL,
  taken_at   INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL
, keyed INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE content (
  id          INTEGER PRIMARY KEY,
  commitment  TEXT    NOT NULL UNIQUE,
  label       TEXT    NOT NULL,
  subject     TEXT    NOT NULL,
  exchange_id TEXT    NOT NULL,
  sealed      BLOB    NOT NULL,
  kept_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE cosignature (
  size     INTEGER NOT NULL REFERENCES cosigned_head (size) ON DELETE CASCADE,
  province TEXT    NOT NULL,
  seconds  INTEGER NOT NULL,
  line     BLOB    NOT NULL,
  PRIMARY KEY (size, province)
) STRICT, WITHOUT ROWID;

CREATE TABLE cosigned_head (
  size    INTEGER PRIMARY KEY,
  seconds INTEGER NOT NULL,
  note    BLOB    NOT NULL
) STRICT;

CREATE TABLE cosigned_peer (
  log     TEXT    PRIMARY KEY,
  size    INTEGER NOT NULL,
  seconds INTEGER NOT NULL,
  note    BLOB    NOT NULL
) STRICT;

CREATE TABLE counterpart (
  peer   TEXT    NOT NULL,
  issued INTEGER NOT NULL,
  answer BLOB    NOT NULL,
  idx    INTEGER NOT NULL,
  PRIMARY KEY (peer, issued, answer)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE download (
  token_digest TEXT    NOT NULL PRIMARY KEY,
  app_id       TEXT    NOT NULL,
  exchange_id  TEXT    NOT NULL,
  sealed       BLOB    NOT NULL,
  size         INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  taken_at     INTEGER
) STRICT;

CREATE TABLE evidence (
  idx      INTEGER PRIMARY KEY,
  exchange TEXT,
  entry    BLOB NOT NULL,
  hashes   BLOB NOT NULL
, of_peer INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE exchange_proofs (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT    NOT NULL,
  of_peer INTEGER NOT NULL,
  kept_at INTEGER NOT NULL,
  proofs  BLOB    NOT NULL,
  stops   BLOB    NOT NULL
) STRICT;

CREATE TABLE found (
  apply_id   TEXT NOT NULL,
  identifier TEXT NOT NULL,
  province   TEXT NOT NULL,
  PRIMARY KEY (apply_id, identifier, province)
) STRICT, WITHOUT ROWID;

CREATE TABLE given_verdict (
  consumer        TEXT    NOT NULL,
  apply_id        TEXT    NOT NULL,
  holder_digest   TEXT    NOT NULL,
  type_codes      TEXT    NOT NULL,
  outputs         TEXT    NOT NULL,
  fields          TEXT    NOT NULL,
  use_code_digest TEXT    NOT NULL,
  use_org_code    TEXT    NOT NULL,
  use_org_name    TEXT    NOT NULL,
  item_code       TEXT    NOT NULL,
  item_name       TEXT    NOT NULL,
  use_cause       TEXT    NOT NULL,
  expires_at      INTEGER NOT NULL, use_list_id TEXT NOT NULL DEFAULT '', operator TEXT NOT NULL DEFAULT '', line_version INTEGER NOT NULL DEFAULT 0, consent_province TEXT NOT NULL DEFAULT '', consent_id TEXT NOT NULL DEFAULT '', consent_key TEXT NOT NULL DEFAULT '', consent_home TEXT NOT NULL DEFAULT '', period INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (consumer, apply_id)
) STRICT;

CREATE TABLE handle (
  handle     TEXT    PRIMARY KEY,
  app_id     TEXT    NOT NULL,
  minted_by  TEXT    NOT NULL,
  sealed     BLOB    NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE head (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  size     INTEGER NOT NULL,
  root     BLOB    NOT NULL
) STRICT;

CREATE TABLE head_link (
  province TEXT    NOT NULL,
  size     INTEGER NOT NULL,
  root     BLOB    NOT NULL,
  to_size  INTEGER NOT NULL,
  to_note  BLOB    NOT NULL,
  path     BLOB    NOT NULL,
  holds    INTEGER NOT NULL,
  kept_at  INTEGER NOT NULL,
  PRIMARY KEY (province, size)
) STRICT, WITHOUT ROWID;

CREATE TABLE head_link_mark (
  province TEXT    NOT NULL PRIMARY KEY,
  row      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE hold (
  subject TEXT    PRIMARY KEY,
  ground  TEXT    NOT NULL,
  by_whom TEXT    NOT NULL,
  since   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE holder_log (
  seq      INTEGER PRIMARY KEY,
  holder   BLOB    NOT NULL,
  exchange TEXT    NOT NULL,
  role     TEXT    NOT NULL,
  peer     TEXT    NOT NULL,
  idx      INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  sealed   BLOB    NOT NULL,
  UNIQUE (holder, exchange, role, peer)
) STRICT;

CREATE TABLE holder_omission (
  seq      INTEGER PRIMARY KEY,
  province TEXT    NOT NULL,
  exchange TEXT    NOT NULL,
  accuser  TEXT    NOT NULL,
  asked    TEXT    NOT NULL,
  exhibit  TEXT    NOT NULL,
  found_at INTEGER NOT NULL,
  UNIQUE (province, exchange)
) STRICT;

CREATE TABLE holder_use (
  seq           INTEGER PRIMARY KEY,
  notice_id     TEXT    NOT NULL UNIQUE,
  addressee     TEXT    NOT NULL,
  holder_key TEXT    NOT NULL,
  provider      TEXT    NOT NULL,
  event         BLOB    NOT NULL,
  received_at   INTEGER NOT NULL
, keyed INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE line_statistic (
  side     TEXT    NOT NULL,
  consumer TEXT    NOT NULL,
  line     TEXT    NOT NULL,
  day      TEXT    NOT NULL,
  what     TEXT    NOT NULL,
  count    INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  PRIMARY KEY (side, consumer, line, day, what)
) STRICT, WITHOUT ROWID;

CREATE TABLE list_draft (
  place      INTEGER PRIMARY KEY,
  kind       TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  import     INTEGER NOT NULL,
  action     TEXT    NOT NULL,
  state      TEXT    NOT NULL,
  body       BLOB    NOT NULL,
  author     TEXT    NOT NULL,
  reviewer   TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  changed_at INTEGER NOT NULL,
  UNIQUE (kind, id, import)
) STRICT;

CREATE TABLE list_import (
  kind    TEXT    NOT NULL PRIMARY KEY,
  visible INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE list_move (
  seq     INTEGER PRIMARY KEY AUTOINCREMENT,
  kind    TEXT    NOT NULL,
  id      TEXT    NOT NULL,
  version INTEGER NOT NULL,
  move    TEXT    NOT NULL,
  by      TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  reason  TEXT    NOT NULL
) STRICT;

CREATE TABLE membership (
  version   INTEGER NOT NULL PRIMARY KEY,
  digest    TEXT    NOT NULL,
  document  BLOB    NOT NULL,
  stored_at INTEGER NOT NULL
) STRICT;

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

CREATE TABLE nonce (
  sender     TEXT    NOT NULL,
  nonce      BLOB    NOT NULL,
  expires_at INTEGER NOT NULL,
  UNIQUE (sender, nonce)
) STRICT;

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

CREATE TABLE objection_document (
  objection_id TEXT    NOT NULL,
  place        INTEGER NOT NULL,
  document     BLOB    NOT NULL, keyed INTEGER NOT NULL DEFAULT 0,
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

CREATE TABLE objection_peer (
  objection_id TEXT NOT NULL,
  peer         TEXT NOT NULL,
  PRIMARY KEY (objection_id, peer)
) STRICT, WITHOUT ROWID;

CREATE TABLE objection_tally (
  part   TEXT    NOT NULL,
  state  TEXT    NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (part, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  seq       INTEGER PRIMARY KEY,
  peer      TEXT    NOT NULL,
  notice_id TEXT    NOT NULL,
  event     BLOB    NOT NULL,
  attempts  INTEGER NOT NULL DEFAULT 0,
  state     TEXT    NOT NULL DEFAULT 'PENDING', queued_at INTEGER NOT NULL DEFAULT 0, exchange TEXT NOT NULL DEFAULT '', application TEXT NOT NULL DEFAULT '', certificate BLOB NOT NULL DEFAULT x'', signature BLOB NOT NULL DEFAULT x'', settled_at INTEGER, detail TEXT NOT NULL DEFAULT '', receipt TEXT NOT NULL DEFAULT '', keyed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (peer, notice_id)
) STRICT;

CREATE TABLE outbox_tally (
  peer  TEXT    NOT NULL,
  state TEXT    NOT NULL,
  items INTEGER NOT NULL,
  PRIMARY KEY (peer, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE own_application (
  apply_id      TEXT    NOT NULL PRIMARY KEY,
  app_id        TEXT    NOT NULL,
  holder_digest TEXT    NOT NULL,
  sealed        BLOB    NOT NULL,
  created_at    INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE peer_head (
  province TEXT    NOT NULL,
  role     TEXT    NOT NULL,
  size     INTEGER NOT NULL,
  root     BLOB    NOT NULL,
  note     BLOB    NOT NULL,
  PRIMARY KEY (province, role)
) STRICT;

CREATE TABLE publication (
  number       INTEGER PRIMARY KEY,
  kind         TEXT    NOT NULL,
  publisher    TEXT    NOT NULL,
  newest       INTEGER NOT NULL DEFAULT 0,
  confirmed_at INTEGER NOT NULL DEFAULT 0,
  buckets      BLOB    NOT NULL DEFAULT x'',
  UNIQUE (kind, publisher)
) STRICT;

CREATE TABLE publication_entry (
  place         INTEGER PRIMARY KEY,
  publication   INTEGER NOT NULL,
  id            TEXT    NOT NULL,
  entry_version INTEGER NOT NULL,
  since         INTEGER NOT NULL,
  until         INTEGER NOT NULL,
  bucket        INTEGER NOT NULL,
  leaf          BLOB    NOT NULL,
  body          BLOB    NOT NULL,
  UNIQUE (publication, id, entry_version, until, since)
) STRICT;

CREATE TABLE publication_version (
  kind      TEXT    NOT NULL,
  publisher TEXT    NOT NULL,
  version   INTEGER NOT NULL,
  digest    TEXT    NOT NULL,
  document  BLOB    NOT NULL,
  size      INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  PRIMARY KEY (kind, publisher, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE quality_count (
  province    TEXT    NOT NULL,
  type_code   TEXT    NOT NULL,
  issuer_code TEXT    NOT NULL,
  word        TEXT    NOT NULL,
  source      TEXT    NOT NULL,
  amount      INTEGER NOT NULL,
  PRIMARY KEY (province, type_code, issuer_code, word, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE quality_finding (
  source      TEXT    NOT NULL,
  certificate TEXT    NOT NULL,
  word        TEXT    NOT NULL,
  province    TEXT    NOT NULL,
  type_code   TEXT    NOT NULL,
  issuer_code TEXT    NOT NULL,
  found_at    INTEGER NOT NULL,
  PRIMARY KEY (source, certificate, word)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
  kind        TEXT    NOT NULL,
  peer        TEXT    NOT NULL,
  version     INTEGER NOT NULL,
  digest      TEXT    NOT NULL,
  received_at INTEGER NOT NULL,
  refusal     TEXT    NOT NULL,
  PRIMARY KEY (kind, peer)
) STRICT, WITHOUT ROWID;

CREATE TABLE received_verdict (
  apply_id   TEXT    NOT NULL,
  provider   TEXT    NOT NULL,
  result     TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  type_codes TEXT    NOT NULL,
  use_code   TEXT    NOT NULL,
  expires_at INTEGER NOT NULL, outputs TEXT NOT NULL DEFAULT '[]', fields TEXT NOT NULL DEFAULT '[]', detail TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (apply_id, provider)
) STRICT, WITHOUT ROWID;

CREATE TABLE reconciliation (
  peer    TEXT    NOT NULL PRIMARY KEY,
  held_at INTEGER NOT NULL,
  outcome TEXT    NOT NULL,
  told    BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE redemption (
  consumer    TEXT    NOT NULL,
  apply_id    TEXT    NOT NULL,
  period      INTEGER NOT NULL,
  identifier  TEXT    NOT NULL,
  output      TEXT    NOT NULL,
  exchange_id TEXT    NOT NULL,
  PRIMARY KEY (consumer, apply_id, period, identifier, output)
) STRICT, WITHOUT ROWID;

CREATE TABLE report (
  about       TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  file_sm3    TEXT    NOT NULL,
  verdict     TEXT    NOT NULL,
  sealed      BLOB    NOT NULL,
  verified_at INTEGER NOT NULL,
  PRIMARY KEY (about, key)
) STRICT;

CREATE TABLE review (
  consumer     TEXT    NOT NULL,
  apply_id     TEXT    NOT NULL,
  content      TEXT    NOT NULL,
  state        TEXT    NOT NULL,
  line         TEXT    NOT NULL,
  line_version INTEGER NOT NULL,
  use_org_code TEXT    NOT NULL,
  use_org_name TEXT    NOT NULL,
  item_code    TEXT    NOT NULL,
  item_name    TEXT    NOT NULL,
  type_codes   TEXT    NOT NULL,
  sealed       BLOB    NOT NULL,
  queued_at    INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  decided_at   INTEGER,
  reviewer     TEXT    NOT NULL,
  reason       TEXT    NOT NULL,
  PRIMARY KEY (consumer, apply_id)
) STRICT;

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE staged_certificate (
  import_id      TEXT    NOT NULL,
  identifier     TEXT    NOT NULL,
  holder_digests TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  type_name      TEXT    NOT NULL,
  type_code      TEXT    NOT NULL,
  number         TEXT    NOT NULL,
  area_code      TEXT    NOT NULL,
  issuer_name    TEXT    NOT NULL,
  issuer_code    TEXT    NOT NULL,
  issued         TEXT    NOT NULL,
  valid_from     TEXT    NOT NULL,
  valid_until    TEXT    NOT NULL,
  status         TEXT    NOT NULL,
  superseded_by  TEXT    NOT NULL,
  file_sm3       TEXT    NOT NULL,
  file_size      INTEGER NOT NULL,
  file_format    TEXT    NOT NULL,
  sealed         BLOB    NOT NULL,
  UNIQUE (import_id, identifier)
) STRICT;

CREATE TABLE stop_order (
  digest      TEXT    NOT NULL PRIMARY KEY,
  document    BLOB    NOT NULL,
  stored_at   INTEGER NOT NULL,
  signed_here INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE subject_exchange (
  subject     TEXT NOT NULL,
  exchange_id TEXT NOT NULL,
  PRIMARY KEY (subject, exchange_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tally (
  name   TEXT    NOT NULL PRIMARY KEY,
  amount INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_counter (
  scope   TEXT    NOT NULL,
  subject TEXT    NOT NULL,
  starts  INTEGER NOT NULL,
  until   INTEGER NOT NULL,
  count   INTEGER NOT NULL,
  PRIMARY KEY (scope, subject, starts)
) STRICT, WITHOUT ROWID;

CREATE INDEX alarm_operator ON alarm (consumer, operator, until);

CREATE INDEX alarm_raised ON alarm (raised_at, alarm_id);

CREATE INDEX alarm_until ON alarm (until);

CREATE INDEX answer_exchange ON answer (exchange_id);

CREATE INDEX answer_expires ON answer (expires_at);

CREATE INDEX answer_unkeyed ON answer (keyed) WHERE keyed = 0;

CREATE INDEX certificate_holder_certificate ON certificate_holder (certificate_id);

CREATE INDEX consent_by_end ON consent (ends_at);

CREATE INDEX consent_by_grantor ON consent (grantor_key, taken_at);

CREATE INDEX consent_unkeyed ON consent (keyed) WHERE keyed = 0;

CREATE INDEX content_kept ON content (kept_at) WHERE sealed <> x'';

CREATE INDEX content_subject ON content (subject);

CREATE INDEX deferral_due ON deferral (until) WHERE ended_at IS NULL;

CREATE INDEX deferral_ended ON deferral (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX deferral_given ON deferral (given_at);

CREATE INDEX deferral_in_force ON deferral (kind, subject) WHERE ended_at IS NULL;

CREATE INDEX deferral_of ON deferral (province) WHERE ended_at IS NULL;

CREATE INDEX download_exchange ON download (exchange_id) WHERE taken_at IS NULL;

CREATE INDEX download_expires ON download (expires_at);

CREATE INDEX download_waiting ON download (app_id, expires_at) WHERE taken_at IS NULL;

CREATE INDEX evidence_exchange ON evidence (exchange, of_peer) WHERE exchange IS NOT NULL;

CREATE INDEX exchange_proofs_subject ON exchange_proofs (subject, of_peer);

CREATE INDEX given_verdict_application ON given_verdict (apply_id);

CREATE INDEX given_verdict_kept ON given_verdict (expires_at) WHERE holder_digest <> '';

CREATE INDEX handle_by_end ON handle (expires_at);

CREATE INDEX head_link_broken ON head_link (province, size) WHERE NOT holds;

CREATE INDEX head_link_end ON head_link (province, to_size);

CREATE INDEX head_link_kept ON head_link (kept_at);

CREATE INDEX holder_use_holder ON holder_use (holder_key, received_at);

CREATE INDEX holder_use_unkeyed ON holder_use (keyed) WHERE keyed = 0;

CREATE INDEX line_statistic_day ON line_statistic (day);

CREATE INDEX list_draft_import ON list_draft (kind, import, id);

CREATE INDEX list_draft_state ON list_draft (kind, state, id, import);

CREATE INDEX list_move_entry ON list_move (kind, id, seq);

CREATE INDEX nonce_expires ON nonce (expires_at);

CREATE INDEX objection_app ON objection (app_id, raised_at);

CREATE INDEX objection_document_unkeyed ON objection_document (keyed) WHERE keyed = 0;

CREATE INDEX objection_ended ON objection (changed_at) WHERE state NOT IN ('OPEN', 'CHECKING');

CREATE INDEX objection_errand_next ON objection_errand (peer, parked, attempts, seq);

CREATE INDEX objection_late ON objection (due, objection_id) WHERE state IN ('OPEN', 'CHECKING') AND escalated = 0;

CREATE INDEX objection_place ON objection (part, state, due, objection_id);

CREATE INDEX objection_raiser ON objection (raiser, state) WHERE state IN ('OPEN', 'CHECKING');

CREATE INDEX objection_taking_back ON objection (changed_at) WHERE taking_back = 1;

CREATE INDEX objection_waiting ON objection (certificate, owner) WHERE state IN ('OPEN', 'CHECKING');

CREATE INDEX outbox_application ON outbox (application, seq) WHERE application <> '' AND state IN ('PENDING', 'DEFERRED');

CREATE INDEX outbox_dead ON outbox (peer, seq) WHERE state = 'DEAD';

CREATE INDEX outbox_deferred ON outbox (peer, seq) WHERE state = 'DEFERRED';

CREATE INDEX outbox_delivered ON outbox (peer, seq) WHERE state = 'DELIVERED';

CREATE INDEX outbox_exchange ON outbox (exchange, seq) WHERE exchange <> '' AND state IN ('PENDING', 'DEFERRED');

CREATE INDEX outbox_pending ON outbox (peer, seq) WHERE state = 'PENDING';

CREATE INDEX outbox_settled ON outbox (settled_at) WHERE state = 'DELIVERED';

CREATE INDEX outbox_unkeyed ON outbox (keyed) WHERE keyed = 0;

CREATE INDEX own_application_kept ON own_application (expires_at) WHERE sealed <> x'';

CREATE INDEX publication_entry_bucket ON publication_entry (publication, bucket, id, entry_version, since, until, leaf) WHERE until = 0;

CREATE INDEX publication_entry_since ON publication_entry (publication, since, id, entry_version);

CREATE INDEX publication_entry_until ON publication_entry (publication, until, bucket, id, entry_version, since) WHERE until <> 0;

CREATE INDEX redemption_identifier ON redemption (identifier, consumer);

CREATE INDEX review_application ON review (apply_id);

CREATE INDEX review_expires ON review (expires_at);

CREATE INDEX review_queued ON review (queued_at, consumer, apply_id);

CREATE INDEX review_waiting ON review (consumer, line, expires_at) WHERE state = 'WAITING';

CREATE INDEX usage_counter_until ON usage_counter (until);

CREATE TRIGGER certificate_counted AFTER INSERT ON certificate BEGIN
  UPDATE tally SET amount = amount + 1 WHERE name = 'certificates';
END;

CREATE TRIGGER cosigned_peer_never_back BEFORE UPDATE ON cosigned_peer WHEN NEW.size < OLD.size OR NEW.seconds < OLD.seconds BEGIN
  SELECT RAISE(ABORT, 'what was cosigned of a log never goes back');
END;

CREATE TRIGGER evidence_entry_size BEFORE INSERT ON evidence WHEN length(NEW.entry) > 65535 BEGIN
  SELECT RAISE(ABORT, 'an entry of the evidence log has at most 65535 bytes');
END;

CREATE TRIGGER evidence_not_changed BEFORE UPDATE ON evidence BEGIN
  SELECT RAISE(ABORT, 'the evidence log is append-only');
END;

CREATE TRIGGER evidence_not_deleted BEFORE DELETE ON evidence BEGIN
  SELECT RAISE(ABORT, 'the evidence log is append-only');
END;

CREATE TRIGGER head_never_back BEFORE UPDATE ON head WHEN NEW.size < OLD.size BEGIN
  SELECT RAISE(ABORT, 'the head never goes back');
END;

CREATE VIEW held_exchange AS
  SELECT subject AS exchange_id FROM hold
  UNION ALL
  SELECT subject_exchange.exchange_id FROM hold JOIN subject_exchange ON subject_exchange.subject = hold.subject;

CREATE TRIGGER holder_use_counted AFTER INSERT ON holder_use BEGIN
  UPDATE tally SET amount = amount + 1 WHERE name = 'holder_uses';
END;

CREATE TRIGGER membership_not_changed BEFORE UPDATE ON membership BEGIN
  SELECT RAISE(ABORT, 'the membership chain is append-only');
END;

CREATE TRIGGER membership_not_deleted BEFORE DELETE ON membership BEGIN
  SELECT RAISE(ABORT, 'the membership chain is append-only');
END;

CREATE TRIGGER objection_counted AFTER INSERT ON objection BEGIN
  INSERT INTO objection_tally (part, state, amount) VALUES (NEW.part, NEW.state, 1)
  ON CONFLICT (part, state) DO UPDATE SET amount = amount + 1;
END;

CREATE TRIGGER objection_forgotten AFTER DELETE ON objection BEGIN
  UPDATE objection_tally SET amount = amount - 1 WHERE part = OLD.part AND state = OLD.state;
END;

CREATE TRIGGER objection_moved AFTER UPDATE OF state ON objection WHEN NEW.state <> OLD.state BEGIN
  UPDATE objection_tally SET amount = amount - 1 WHERE part = OLD.part AND state = OLD.state;
  INSERT INTO objection_tally (part, state, amount) VALUES (NEW.part, NEW.state, 1)
  ON CONFLICT (part, state) DO UPDATE SET amount = amount + 1;
END;

CREATE TRIGGER outbox_enqueued AFTER INSERT ON outbox BEGIN
  INSERT INTO outbox_tally (peer, state, items) VALUES (NEW.peer, NEW.state, 1)
    ON CONFLICT (peer, state) DO UPDATE SET items = items + 1;
END;

CREATE TRIGGER outbox_forgotten AFTER DELETE ON outbox BEGIN
  UPDATE outbox_tally SET items = items - 1 WHERE peer = OLD.peer AND state = OLD.state;
END;

CREATE TRIGGER outbox_settled AFTER UPDATE OF state ON outbox WHEN OLD.state <> NEW.state BEGIN
  UPDATE outbox_tally SET items = items - 1 WHERE peer = OLD.peer AND state = OLD.state;
  INSERT INTO outbox_tally (peer, state, items) VALUES (NEW.peer, NEW.state, 1)
    ON CONFLICT (peer, state) DO UPDATE SET items = items + 1;
END;

CREATE TRIGGER peer_head_never_back BEFORE UPDATE ON peer_head WHEN NEW.size <= OLD.size BEGIN
  SELECT RAISE(ABORT, 'the head of a peer never goes back');
END;

CREATE TRIGGER quality_finding_found AFTER INSERT ON quality_finding BEGIN
  INSERT INTO quality_count VALUES (NEW.province, NEW.type_code, NEW.issuer_code, NEW.word, NEW.source, 1)
  ON CONFLICT (province, type_code, issuer_code, word, source) DO UPDATE SET amount = amount + 1;
END;

CREATE TRIGGER quality_finding_mended AFTER DELETE ON quality_finding BEGIN
  UPDATE quality_count SET amount = amount - 1
  WHERE province = OLD.province AND type_code = OLD.type_code AND issuer_code = OLD.issuer_code
    AND word = OLD.word AND source = OLD.source;
END;
