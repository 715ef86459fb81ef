-- Subjects whose contents are kept beyond their time (node.ports.holds).

CREATE TABLE hold (
  subject TEXT    PRIMARY KEY,
  ground  TEXT    NOT NULL,
  by_whom TEXT    NOT NULL,
  since   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
