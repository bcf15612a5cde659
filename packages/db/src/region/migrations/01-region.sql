-- The metadata of one region. Times are milliseconds since 1970; hashes are SHA-256 in lower-case hex.
-- JSON columns hold the core's own shapes (packages/sync); columns beside them are what we search by.
-- Tables of long rows have a rowid: in a WITHOUT ROWID tree every inner page would carry whole rows.

-- The life of this store. One row, or none until the hub has issued an id.
CREATE TABLE replica (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  id     TEXT NOT NULL,                 -- 'beijing:1'
  region TEXT NOT NULL
) STRICT;

-- A space that this region holds, and how far it is.
CREATE TABLE space (
  id       TEXT PRIMARY KEY,
  epoch    INTEGER NOT NULL DEFAULT 0,  -- cursor: the feed is applied up to (epoch, sequence)
  sequence INTEGER NOT NULL DEFAULT 0,
  forks    TEXT    NOT NULL DEFAULT '{}', -- where earlier epochs ended
  counter  INTEGER NOT NULL DEFAULT 0,  -- of the last operation that this replica committed
  wall_ms  INTEGER NOT NULL DEFAULT 0,  -- hybrid clock: the highest reading issued or seen
  logical  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What this region shows: the confirmed state with its own outstanding operations on top.
CREATE TABLE entry (
  space     TEXT NOT NULL,
  id        TEXT NOT NULL,
  parent_id TEXT,                       -- null only for the root
  name_key  TEXT NOT NULL,              -- nameKey(name): NFC, case folded
  live      INTEGER NOT NULL,           -- 0: tombstone
  state     TEXT NOT NULL,              -- Entry
  PRIMARY KEY (space, id)
) STRICT;
CREATE INDEX entry_by_name ON entry (space, parent_id, name_key) WHERE live = 1;

-- The confirmed state of the entries that outstanding operations changed. Empty when the outbox is.
CREATE TABLE confirmed (
  space        TEXT NOT NULL,
  id           TEXT NOT NULL,
  state        TEXT,                    -- Entry; null: the hub does not know it
  last_ordinal INTEGER NOT NULL,        -- the last outbox row that changed it
  PRIMARY KEY (space, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX confirmed_by_ordinal ON confirmed (space, last_ordinal);

-- Names that outstanding operations put something under, also if it has left since: a newcomer there changes how they come out.
CREATE TABLE outstanding_name (
  space        TEXT NOT NULL,
  parent_id    TEXT NOT NULL,
  name_key     TEXT NOT NULL,
  last_ordinal INTEGER NOT NULL,        -- the last outbox row that did so
  PRIMARY KEY (space, parent_id, name_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX outstanding_name_by_ordinal ON outstanding_name (space, last_ordinal);

-- Ids that were merged into others.
CREATE TABLE alias (
  space       TEXT NOT NULL,
  from_id     TEXT NOT NULL,
  to_id       TEXT NOT NULL,
  outstanding INTEGER NOT NULL,         -- 1: only this region's view has merged them yet
  PRIMARY KEY (space, from_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_by_target ON alias (space, to_id);

-- Every version of every file, until its retention ends.
CREATE TABLE version (
  space        TEXT NOT NULL,
  dot          TEXT NOT NULL,           -- 'beijing:1/42'
  entry_id     TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  wall_ms      INTEGER NOT NULL,
  logical      INTEGER NOT NULL,
  state        TEXT NOT NULL,           -- Version
  PRIMARY KEY (space, dot)
) STRICT;
CREATE INDEX version_by_entry ON version (space, entry_id, wall_ms, logical, dot);
CREATE INDEX version_by_content ON version (content_hash);

-- Committed here, not yet acknowledged by the hub; in the order to push.
CREATE TABLE outbox (
  ordinal      INTEGER PRIMARY KEY,
  space        TEXT NOT NULL,
  dot          TEXT NOT NULL,
  operation    TEXT NOT NULL,           -- Operation
  committed_ms INTEGER NOT NULL,
  UNIQUE (space, dot)
) STRICT;
CREATE INDEX outbox_by_space ON outbox (space, ordinal);

-- Operations of the feed that a hub that failed over may lack (SY10).
CREATE TABLE feed (
  space     TEXT NOT NULL,
  epoch     INTEGER NOT NULL,
  sequence  INTEGER NOT NULL,
  dot       TEXT NOT NULL,
  operation TEXT NOT NULL,
  PRIMARY KEY (space, epoch, sequence)
) STRICT;

-- Contents that some version names, whether their chunks are here or not.
CREATE TABLE content (
  hash     TEXT PRIMARY KEY,
  size     INTEGER NOT NULL,            -- bytes
  manifest TEXT,                        -- null: at most one chunk, named by the content's own hash
  held     INTEGER NOT NULL             -- 1: all chunks were here when last looked at
) STRICT, WITHOUT ROWID;
CREATE INDEX content_by_manifest ON content (manifest) WHERE manifest IS NOT NULL;

CREATE TABLE manifest_chunk (
  content_hash TEXT NOT NULL,
  ordinal      INTEGER NOT NULL,
  chunk_hash   TEXT NOT NULL,
  size         INTEGER NOT NULL,
  PRIMARY KEY (content_hash, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX manifest_chunk_by_chunk ON manifest_chunk (chunk_hash);

-- Held, and the hub has not been told.
CREATE TABLE holding_outbox (
  space TEXT NOT NULL,
  hash  TEXT NOT NULL,
  PRIMARY KEY (space, hash)
) STRICT, WITHOUT ROWID;

-- Chunks in the store. Collected when nothing names them and the lease is over.
CREATE TABLE chunk (
  hash     TEXT PRIMARY KEY,
  size     INTEGER NOT NULL,            -- bytes before encoding
  encoding TEXT NOT NULL,               -- 'plain' or 'zstd'
  inline   BLOB,                        -- small chunks; null: a file named by hash
  lease_ms INTEGER NOT NULL             -- last time that somebody put it or asked for it
) STRICT;

-- Uploads in progress.
CREATE TABLE upload (
  id         TEXT PRIMARY KEY,
  space      TEXT NOT NULL,
  path       TEXT NOT NULL,
  metadata   TEXT NOT NULL,             -- raw tus Upload-Metadata
  length     INTEGER,                   -- null: deferred
  offset     INTEGER NOT NULL,          -- acknowledged and durable
  expires_ms INTEGER NOT NULL,
  base       TEXT,                      -- dots that the author had seen, JSON
  kind       TEXT NOT NULL,             -- 'single', 'partial' or 'final'
  completed  INTEGER NOT NULL,          -- 1: committed; kept until it expires, for a client that lost the answer
  concat     TEXT,                      -- raw tus Upload-Concat of a 'final' one
  tail       BLOB NOT NULL              -- acknowledged bytes after the last sealed chunk
) STRICT;
CREATE INDEX upload_by_expiry ON upload (expires_ms);

CREATE TABLE upload_chunk (
  upload_id TEXT NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
  ordinal   INTEGER NOT NULL,
  hash      TEXT NOT NULL,
  size      INTEGER NOT NULL,
  PRIMARY KEY (upload_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_chunk_by_hash ON upload_chunk (hash);

-- Transfers leased from the hub; kept so that work goes on while the hub is away.
CREATE TABLE wanted (
  transfer_id   TEXT PRIMARY KEY,
  space         TEXT NOT NULL,
  content       TEXT NOT NULL,          -- Content
  priority      INTEGER NOT NULL,       -- lower is sooner
  sources       TEXT NOT NULL,          -- TransferSource[]
  lease_ms      INTEGER NOT NULL,       -- lease ends
  not_before_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX wanted_by_priority ON wanted (priority, not_before_ms);

-- Pages of a snapshot until all of them are here.
CREATE TABLE staged_effect (
  ordinal INTEGER PRIMARY KEY,
  space   TEXT NOT NULL,
  effects TEXT NOT NULL                 -- Effect[]
) STRICT;
