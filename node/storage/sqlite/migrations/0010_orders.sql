-- Stop orders by the digest of what is ordered; `document` holds all signatures gathered so far. And what of a given verdict an order can
-- stop: the use-list line, and the operator as orders name them ("" in verdicts of older programs).

CREATE TABLE stop_order (
  digest      TEXT    NOT NULL PRIMARY KEY,
  document    BLOB    NOT NULL,
  stored_at   INTEGER NOT NULL,
  signed_here INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE given_verdict ADD COLUMN use_list_id TEXT NOT NULL DEFAULT '';
ALTER TABLE given_verdict ADD COLUMN operator TEXT NOT NULL DEFAULT '';
