-- What was done here, by whom: a chain, sent to the hub in order. Rows that the hub has go after a while.
CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,           -- in its chain
  at_ms    INTEGER NOT NULL,
  record   TEXT NOT NULL                  -- AuditRecord
) STRICT;

-- The one chain that this store goes on with.
CREATE TABLE audit_chain (
  one          INTEGER PRIMARY KEY CHECK (one = 1),
  writer       TEXT NOT NULL,             -- this replica, or a later chain of it
  sequence     INTEGER NOT NULL,          -- of its last record
  hash         TEXT NOT NULL,             -- of its last record
  acknowledged INTEGER NOT NULL           -- the hub has it up to here
) STRICT;
