-- Spaces that are not placed in this region any more. Kept of them is only what must never be used twice, should they come back.
CREATE TABLE left_space (
  id      TEXT PRIMARY KEY,
  counter INTEGER NOT NULL,
  wall_ms INTEGER NOT NULL,
  logical INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX wanted_by_space ON wanted (space);
CREATE INDEX upload_by_space ON upload (space);

