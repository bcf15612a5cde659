-- The last operation of each replica that is confirmed here. A hub that knows less must be offered the rest before its state replaces ours.
CREATE TABLE seen_replica (
  space   TEXT NOT NULL,
  replica TEXT NOT NULL,                -- 'beijing:1'
  counter INTEGER NOT NULL,
  PRIMARY KEY (space, replica)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_whole ON upload (id) WHERE offset = length AND completed = 0 AND kind = 'single';
