-- What proves that regions agree, what shows the past, what is forgotten, and what the hub decides for all regions.
-- Sums are those of the core (packages/sync/src/digest.ts): numbers below 2^256 in hex without leading zeros.
-- Sums of what is there already are filled in by `back-fill-sums.ts`, in the same transaction.

ALTER TABLE space
  ADD COLUMN root_sum    text   NOT NULL DEFAULT '0', -- of the terms of the root's children
  ADD COLUMN alias_sum   text   NOT NULL DEFAULT '0',
  ADD COLUMN version_sum text   NOT NULL DEFAULT '0',
  ADD COLUMN at_ms       bigint NOT NULL DEFAULT 0,   -- of the last feed row
  ADD COLUMN safe        bigint NOT NULL DEFAULT 0,   -- sequence up to which backups hold the log too (SY10)
  ADD COLUMN past_floor  bigint NOT NULL DEFAULT 0,   -- the tree is known as it was at this sequence and later ones,
  ADD COLUMN past_ms     bigint NOT NULL DEFAULT 0;   -- and so at this time and later ones
UPDATE space SET past_floor = sequence, past_ms = (extract(epoch FROM now()) * 1000)::bigint;

-- Columns of the row's operation, and when it was integrated: never earlier than the row before it.
ALTER TABLE feed
  ADD COLUMN dot        text COLLATE "C",
  ADD COLUMN region     text COLLATE "C",              -- of its author
  ADD COLUMN wall_ms    bigint,                        -- of its stamp
  ADD COLUMN at_ms      bigint NOT NULL DEFAULT 0,     -- 0: integrated before times were kept
  ADD COLUMN ends_batch boolean NOT NULL DEFAULT false;
UPDATE feed SET
  dot = (row::json #>> '{operation,dot,replica}') || '/' || (row::json #>> '{operation,dot,counter}'),
  region = split_part(row::json #>> '{operation,dot,replica}', ':', 1),
  wall_ms = (row::json #>> '{operation,stamp,wallMs}')::bigint;
ALTER TABLE feed ALTER COLUMN dot SET NOT NULL, ALTER COLUMN region SET NOT NULL, ALTER COLUMN wall_ms SET NOT NULL;
CREATE INDEX feed_by_time ON feed (space, at_ms, sequence) WHERE ends_batch;
CREATE INDEX feed_by_region ON feed (space, region, sequence);

-- Room for the next state on the same page: where no indexed column changes, no index does.
ALTER TABLE entry SET (fillfactor = 80);
ALTER TABLE entry
  ADD COLUMN child_sum     text     NOT NULL DEFAULT '0',  -- of the terms of its children, tombstones included
  ADD COLUMN heads         smallint NOT NULL DEFAULT 0,
  ADD COLUMN has_history   boolean  NOT NULL DEFAULT false, -- more versions than one were made of it
  ADD COLUMN gone_sequence bigint,                         -- of the deletion; null: live
  ADD COLUMN gone_ms       bigint;                         -- when the hub learnt of it
UPDATE entry SET
  heads = json_array_length(state::json -> 'heads'),
  has_history = (SELECT count(*) > 1 FROM version WHERE version.space = entry.space AND version.entry_id = entry.id),
  gone_sequence = (state::json #>> '{deleted,position,sequence}')::bigint,
  gone_ms = CASE WHEN live THEN NULL ELSE (extract(epoch FROM now()) * 1000)::bigint END;
CREATE INDEX entry_gone_by_parent ON entry (space, parent_id, id) WHERE NOT live;
CREATE INDEX entry_gone_by_age ON entry (space, gone_ms) WHERE NOT live;
CREATE INDEX entry_in_conflict ON entry (space, id) WHERE heads > 1;
CREATE INDEX entry_with_history ON entry (space, id) WHERE has_history;

ALTER TABLE version
  ADD COLUMN sequence bigint,                          -- of the feed row that made it
  ADD COLUMN hash     text COLLATE "C";                -- of its content
UPDATE version SET sequence = coalesce((state::json #>> '{position,sequence}')::bigint, 0), hash = state::json #>> '{content,hash}';
ALTER TABLE version ALTER COLUMN sequence SET NOT NULL, ALTER COLUMN hash SET NOT NULL;
CREATE INDEX version_by_content ON version (space, hash);

-- The past of the tree: what each entry was before a feed row changed it. So an entry at a sequence is what stands in its first
-- row after that, or, where none follows, what it is now; rows go with the feed rows that made them, and nothing else has to.
CREATE TABLE entry_change (
  space     text COLLATE "C" NOT NULL,
  sequence  bigint  NOT NULL,
  entry_id  text COLLATE "C" NOT NULL,
  parent_id text COLLATE "C",             -- null, like all that follow: it was not there
  name_key  text COLLATE "C",
  live      boolean NOT NULL,
  state     text,                         -- Entry
  PRIMARY KEY (space, sequence, entry_id)
);
CREATE INDEX entry_change_by_entry ON entry_change (space, entry_id, sequence);
CREATE INDEX entry_change_by_name ON entry_change (space, parent_id, name_key, sequence) WHERE live;

ALTER TABLE region ADD COLUMN clock_skew_ms bigint;    -- ahead of the hub at its last push; null: not by more than the limit

-- How far regions were, by their own word: a row for each step.
CREATE TABLE region_progress (
  space    text COLLATE "C" NOT NULL,
  region   text COLLATE "C" NOT NULL,
  at_ms    bigint  NOT NULL,
  epoch    integer NOT NULL,
  sequence bigint  NOT NULL,
  PRIMARY KEY (space, region, at_ms)
);
CREATE INDEX region_progress_by_time ON region_progress (at_ms);

-- What the managers of a space have decided; none: revision 0.
CREATE TABLE policy (
  space    text COLLATE "C" PRIMARY KEY,
  revision integer NOT NULL,
  policy   text    NOT NULL               -- SpacePolicy
);

-- Conflicts that a region is to merge (SY8). Gone when that is done; failed ones stay as long as the heads are these.
CREATE TABLE merge_task (
  space          text COLLATE "C" NOT NULL,
  entry_id       text COLLATE "C" NOT NULL,
  heads          text   NOT NULL,         -- dots, JSON
  hashes         text[] NOT NULL,         -- of the contents of the heads
  planned_at     bigint GENERATED ALWAYS AS IDENTITY, -- order of leasing
  lease_until_ms bigint NOT NULL DEFAULT 0,           -- 0: nobody works on it
  failure        text,                    -- why it failed; null: waiting
  PRIMARY KEY (space, entry_id)
);
CREATE INDEX merge_task_waiting ON merge_task (planned_at) WHERE failure IS NULL;

-- One row, changed by whoever raises events: their order is that of the commits.
CREATE TABLE event_head (
  one      boolean PRIMARY KEY DEFAULT true CHECK (one),
  sequence bigint NOT NULL
);
INSERT INTO event_head (sequence) VALUES (0);
CREATE TABLE event (
  sequence bigint PRIMARY KEY,
  type     text   NOT NULL,
  space    text,
  region   text,
  at_ms    bigint NOT NULL,
  data     text   NOT NULL                -- JSON
);

-- The state of a region on its way to become the start of an empty log. Emptied when it has, and when a region begins anew.
CREATE TABLE seed_page (
  space text COLLATE "C" NOT NULL,
  page  integer NOT NULL,
  PRIMARY KEY (space, page)
);
CREATE TABLE seed_entry (LIKE entry INCLUDING DEFAULTS, PRIMARY KEY (space, id));
CREATE TABLE seed_alias (LIKE alias, PRIMARY KEY (space, from_id));
CREATE TABLE seed_version (LIKE version, PRIMARY KEY (space, dot));
CREATE INDEX seed_version_by_entry ON seed_version (space, entry_id);
CREATE TABLE seed_content (LIKE content, PRIMARY KEY (space, hash));
