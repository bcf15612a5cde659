-- A space's confirmed and shown state is a tree. A snapshot is built as another tree beside the one that is shown; the switch is one row.
CREATE TABLE tree (
  key      TEXT PRIMARY KEY,            -- 'demo', then 'demo#1', 'demo#2' …
  space    TEXT NOT NULL,
  aliases  TEXT,                        -- sums of the terms of confirmed aliases and versions (SY13), hex; null: to be computed
  versions TEXT,
  files    INTEGER NOT NULL DEFAULT 0   -- live files that are shown
) STRICT, WITHOUT ROWID;
INSERT INTO tree (key, space) SELECT id, id FROM space;

ALTER TABLE space ADD COLUMN tree TEXT NOT NULL DEFAULT '';
UPDATE space SET tree = id;
ALTER TABLE space ADD COLUMN dot TEXT;  -- of the feed row at the cursor; null: not known

ALTER TABLE entry RENAME COLUMN space TO tree;
ALTER TABLE confirmed RENAME COLUMN space TO tree;
ALTER TABLE outstanding_name RENAME COLUMN space TO tree;
ALTER TABLE alias RENAME COLUMN space TO tree;
ALTER TABLE version RENAME COLUMN space TO tree;
ALTER TABLE feed RENAME COLUMN space TO tree;
DROP TABLE staged_effect;

ALTER TABLE entry ADD COLUMN heads INTEGER NOT NULL DEFAULT 0; -- of a file; more than one is a conflict
ALTER TABLE entry ADD COLUMN gone INTEGER;                     -- tombstones: sequence of the deletion; the greatest integer while it is outstanding
UPDATE entry SET heads = json_array_length(state, '$.heads'),
  gone = CASE WHEN live = 0 THEN coalesce(json_extract(state, '$.deleted.position.sequence'), 9007199254740991) END;
CREATE INDEX entry_in_conflict ON entry (tree, id) WHERE live = 1 AND heads > 1;
CREATE INDEX entry_by_deletion ON entry (tree, gone, id) WHERE live = 0;
CREATE INDEX entry_gone_from ON entry (tree, parent_id, id) WHERE live = 0;

UPDATE tree SET files = (SELECT count(*) FROM entry WHERE entry.tree = tree.key AND live = 1 AND heads > 0);

ALTER TABLE confirmed ADD COLUMN parent_id TEXT; -- of that state; null: not known to the hub
UPDATE confirmed SET parent_id = json_extract(state, '$.parentId');
CREATE INDEX confirmed_by_parent ON confirmed (tree, parent_id, id) WHERE parent_id IS NOT NULL;

-- alias.outstanding 2: confirmed, and forgotten by an outstanding operation (one of the hub's that it has lost, SY10).
CREATE INDEX alias_outstanding ON alias (tree, outstanding) WHERE outstanding > 0;

ALTER TABLE version ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0; -- 1: the hub has it
UPDATE version SET confirmed = json_extract(state, '$.position') IS NOT NULL;
UPDATE version SET state = json_set(state, '$.parents', json('[]')) WHERE json_type(state, '$.parents') IS NULL;

-- Sum of the terms of a folder's confirmed children (SY13), hex. None: 0.
CREATE TABLE folder_sum (
  tree      TEXT NOT NULL,
  folder_id TEXT NOT NULL,
  sum       TEXT NOT NULL,
  PRIMARY KEY (tree, folder_id)
) STRICT, WITHOUT ROWID;

-- What operations of this region changed, as it was shown before. For undo; kept for days.
CREATE TABLE journal (
  ordinal   INTEGER PRIMARY KEY,
  space     TEXT NOT NULL,
  author    TEXT NOT NULL,              -- [user, device]
  dot       TEXT NOT NULL,
  entry_id  TEXT NOT NULL,
  before    TEXT,                       -- Entry; null: it was not there
  at_ms     INTEGER NOT NULL,
  change_id TEXT                        -- of many operations that a person can undo as one
) STRICT;
CREATE INDEX journal_by_author ON journal (space, author, at_ms);
CREATE INDEX journal_by_change ON journal (space, change_id) WHERE change_id IS NOT NULL;

CREATE TABLE change (
  space     TEXT NOT NULL,
  change_id TEXT NOT NULL,
  at_ms     INTEGER NOT NULL,
  author    TEXT NOT NULL,              -- Author
  what      TEXT NOT NULL,
  entries   INTEGER NOT NULL,
  since_ms  INTEGER,                    -- what closed a door: all that its author changed from then …
  until     INTEGER,                    -- … to this journal row; null: the door is still closed
  PRIMARY KEY (space, change_id)
) STRICT;
CREATE INDEX change_by_time ON change (space, at_ms);
CREATE INDEX change_by_age ON change (at_ms);

-- Files that deletes, moves and rewrites touched lately, each once an author, with its last time.
CREATE TABLE touched_file (
  space    TEXT NOT NULL,
  author   TEXT NOT NULL,
  entry_id TEXT NOT NULL,
  at_ms    INTEGER NOT NULL,
  gone     INTEGER NOT NULL,            -- 1: deleted
  PRIMARY KEY (space, author, entry_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX touched_file_by_time ON touched_file (space, author, at_ms, gone);
CREATE TABLE touched_count (
  space    TEXT NOT NULL,
  author   TEXT NOT NULL,
  files    INTEGER NOT NULL,
  gone     INTEGER NOT NULL,
  floor_ms INTEGER NOT NULL DEFAULT 0,  -- what was touched before was meant
  PRIMARY KEY (space, author)
) STRICT, WITHOUT ROWID;

-- Closed: nothing of the space goes out.
CREATE TABLE door (
  space     TEXT PRIMARY KEY,
  since_ms  INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  author    TEXT NOT NULL,              -- Author
  entries   INTEGER NOT NULL,
  change_id TEXT NOT NULL
) STRICT;
CREATE TABLE expected_change (
  space    TEXT PRIMARY KEY,
  until_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE policy (
  space    TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  policy   TEXT NOT NULL
) STRICT;
CREATE TABLE divergence (
  space    TEXT PRIMARY KEY,
  epoch    INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  paths    TEXT NOT NULL                -- string[]
) STRICT;
CREATE TABLE known_region (
  region TEXT PRIMARY KEY,
  url    TEXT NOT NULL
) STRICT;
