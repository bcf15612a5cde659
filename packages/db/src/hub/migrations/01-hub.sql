-- The authoritative metadata of all spaces. Times are milliseconds since 1970; hashes are SHA-256 in lower-case hex.
-- `state`, `row` and the like hold JSON of the core's own shapes (packages/sync). They are text, not jsonb: nothing searches
-- in them, text is cheaper to write and keeps the order of keys. Columns beside them are what we search by.
-- Keys are COLLATE "C": code point order, the same on every machine and in the regions' SQLite.

-- The regions that have registered.
CREATE TABLE region (
  id            text COLLATE "C" PRIMARY KEY,
  url           text   NOT NULL,          -- where the other regions reach it
  registered_ms bigint NOT NULL,
  seen_ms       bigint NOT NULL,          -- last heartbeat or registration
  capacity      text,                     -- RegionCapacity of the last heartbeat; null before the first
  back_filled   boolean NOT NULL DEFAULT false -- whether transfers of what was there before it are planned
);

-- One row. Whoever plans for all regions shares its lock; whoever adds a region changes it: neither misses what the other adds.
CREATE TABLE registry (
  one        boolean PRIMARY KEY DEFAULT true CHECK (one),
  generation bigint NOT NULL              -- of the set of regions
);
INSERT INTO registry (generation) VALUES (0);

-- How many lives a region's store has had: the last number that a replica id of it was given.
CREATE TABLE replica_life (
  region text COLLATE "C" PRIMARY KEY,
  lives  integer NOT NULL
);

-- A space and the end of its feed. Whoever appends moves the end in the same statement, if it is still where it was read,
-- and so holds this row's lock: sequence order is commit order.
CREATE TABLE space (
  id         text COLLATE "C" PRIMARY KEY,
  created_ms bigint  NOT NULL,
  epoch      integer NOT NULL DEFAULT 0,
  sequence   bigint  NOT NULL DEFAULT 0,  -- of the last feed row; 0: none
  forks      text    NOT NULL DEFAULT '{}', -- Forks: where earlier epochs ended
  feed_floor bigint  NOT NULL DEFAULT 0   -- feed rows up to this sequence are gone
);

-- The last operation of a replica that is in the feed; all before it are too (SY1).
CREATE TABLE acknowledged (
  space   text COLLATE "C" NOT NULL,
  replica text COLLATE "C" NOT NULL,      -- 'beijing:1'
  counter bigint NOT NULL,
  PRIMARY KEY (space, replica)
);

-- The ordered log of a space: what regions pull.
CREATE TABLE feed (
  space    text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  row      text   NOT NULL,               -- FeedRow
  PRIMARY KEY (space, sequence)
);

-- The tree that the feed gives. The root is implied.
CREATE TABLE entry (
  space     text COLLATE "C" NOT NULL,
  id        text COLLATE "C" NOT NULL,
  parent_id text COLLATE "C" NOT NULL,
  name_key  text COLLATE "C" NOT NULL,    -- nameKey(name): NFC, case folded
  live      boolean NOT NULL,             -- false: tombstone
  state     text NOT NULL,                -- Entry
  PRIMARY KEY (space, id)
);
-- Not unique: within one batch two entries may swap their names.
CREATE INDEX entry_by_name ON entry (space, parent_id, name_key) WHERE live;

-- Ids that were merged into others.
CREATE TABLE alias (
  space   text COLLATE "C" NOT NULL,
  from_id text COLLATE "C" NOT NULL,
  to_id   text COLLATE "C" NOT NULL,
  PRIMARY KEY (space, from_id)
);
CREATE INDEX alias_by_target ON alias (space, to_id);

-- Every version of every file, until its retention ends.
CREATE TABLE version (
  space    text COLLATE "C" NOT NULL,
  dot      text COLLATE "C" NOT NULL,     -- 'beijing:1/42'
  entry_id text COLLATE "C" NOT NULL,     -- the entry that it was made of, whatever that was merged into since
  wall_ms  bigint  NOT NULL,              -- of its stamp
  logical  integer NOT NULL,
  state    text    NOT NULL,              -- Version
  PRIMARY KEY (space, dot)
);
CREATE INDEX version_by_entry ON version (space, entry_id);

-- Contents that some version of a space names.
CREATE TABLE content (
  space    text COLLATE "C" NOT NULL,
  hash     text COLLATE "C" NOT NULL,
  size     bigint NOT NULL,               -- bytes
  manifest text,                          -- hash; null: at most one chunk
  PRIMARY KEY (space, hash)
);

-- Regions that hold all chunks of a content.
CREATE TABLE holding (
  space  text COLLATE "C" NOT NULL,
  hash   text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  PRIMARY KEY (space, hash, region)
);
CREATE INDEX holding_by_region ON holding (region);

-- What a region has to fetch: each content without a holding of that region. A row goes when the holding comes,
-- in one transaction; so after a crash a region is at worst told again to fetch what it has, and says so.
-- It could be UNLOGGED and be rebuilt from content and holding: measured on 2026-11-25 (500 files, two regions), integrating,
-- leasing and settling took the same time within the noise, so it is a table like the others and there is nothing to rebuild.
CREATE TABLE transfer (
  region         text COLLATE "C" NOT NULL,
  space          text COLLATE "C" NOT NULL,
  hash           text COLLATE "C" NOT NULL,
  priority       smallint NOT NULL,       -- transferPriority: lower is sooner
  due_ms         bigint   NOT NULL,       -- when it was planned; after a failure, when to try again
  lease_until_ms bigint   NOT NULL DEFAULT 0, -- 0: nobody works on it
  failures       smallint NOT NULL DEFAULT 0, -- in a row
  PRIMARY KEY (region, space, hash)
) WITH (fillfactor = 60);                 -- room for the leased state on the same page: leasing touches no index
CREATE INDEX transfer_by_priority ON transfer (region, priority, due_ms);
