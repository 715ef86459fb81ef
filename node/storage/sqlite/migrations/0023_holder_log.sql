-- The holder's log. holder: HMAC-SM3 of the holder under a key that is not in this file. idx: the evidence entry that stands for the use.
-- Rows of all holders stand in the order in which they came, so that a new one costs no more than its place in one index.

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

-- Uses that a province left out of what it told a holder, where another province showed them.
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
