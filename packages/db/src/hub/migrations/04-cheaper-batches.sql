-- What a batch need not write.

-- A create had a row of its own in the past of the tree, to say that the entry was not there before. The entry says so itself.
ALTER TABLE entry        ADD COLUMN made_sequence bigint NOT NULL DEFAULT 0; -- of the row that put it there; 0: see entry_change, or before the past that is kept
ALTER TABLE entry_change ADD COLUMN made_sequence bigint NOT NULL DEFAULT 0; -- of the former state

-- Only a region that begins a new life asks what it holds. That is rare, and nearly everything: the table itself is read for it.
DROP INDEX IF EXISTS holding_by_region;

-- Rows of one operation stay in their pages as they are: compressing each takes longer than writing it.
ALTER TABLE feed SET (toast_tuple_target = 8160);
