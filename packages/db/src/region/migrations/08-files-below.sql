-- Live files below each folder, kept with its sum: moving a folder touches all of them (SY14). Null sums are computed anew at this start.
ALTER TABLE folder_sum ADD COLUMN files INTEGER NOT NULL DEFAULT 0;
UPDATE tree SET aliases = NULL, versions = NULL;

ALTER TABLE touched_file ADD COLUMN files INTEGER NOT NULL DEFAULT 1; -- those below a folder that was moved
DROP INDEX touched_file_by_time;
CREATE INDEX touched_file_by_time ON touched_file (space, author, at_ms, files, gone);
