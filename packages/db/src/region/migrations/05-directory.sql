-- The copy of the directory (who there is and what they may), by which this region decides.
-- A directory of another life is read whole beside the one that decides, as another generation.
CREATE TABLE directory_state (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  generation    INTEGER NOT NULL,       -- of the records that decide
  life          TEXT,                   -- null: no directory was ever read whole
  revision      INTEGER NOT NULL,       -- copied up to here
  copied_ms     INTEGER,                -- when nothing newer was left at the hub
  next_life     TEXT,                   -- of the directory that is being read beside it
  next_revision INTEGER NOT NULL
) STRICT;
INSERT INTO directory_state VALUES (1, 0, NULL, 0, NULL, NULL, 0);

CREATE TABLE directory_record (
  generation INTEGER NOT NULL,
  kind       TEXT NOT NULL,             -- 'user', 'member', …
  key        TEXT NOT NULL,
  state      TEXT NOT NULL,             -- DirectoryState
  PRIMARY KEY (generation, kind, key)
) STRICT;

-- By what else than its key a record is looked up: a member by space and subject, a group by each of its people, a token by its hash.
CREATE TABLE directory_term (
  generation INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  term       TEXT NOT NULL,
  key        TEXT NOT NULL,
  PRIMARY KEY (generation, kind, term, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX directory_term_by_record ON directory_term (generation, kind, key);

-- Sessions that only this region knows: opened by an API token, or while the hub was away.
CREATE TABLE regional_session (
  id           TEXT PRIMARY KEY,
  user         TEXT NOT NULL,
  device       TEXT NOT NULL,
  token        TEXT,                    -- the API token that it stands for; null: a person's own
  cookie_hash  TEXT,
  refresh_hash TEXT,
  created_ms   INTEGER NOT NULL,
  expires_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX regional_session_by_user ON regional_session (user, created_ms);
CREATE INDEX regional_session_by_expiry ON regional_session (expires_ms);

-- How often a link was used here.
CREATE TABLE link_use (
  link TEXT PRIMARY KEY,
  uses INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE upload ADD COLUMN author TEXT; -- Author; null: made before there were accounts
