-- Bytes of what is shown, by who wrote it: what quotas are compared with. Kept where rows of entries are written.
CREATE TABLE used_bytes (
  tree  TEXT NOT NULL,
  user  TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (tree, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_bytes_by_user ON used_bytes (user);

-- Of a live file: [user, bytes] of each head, so that a change which is none of these costs a comparison of short texts. Else null.
ALTER TABLE entry ADD COLUMN weights TEXT;
UPDATE entry SET weights = (
  SELECT json_group_array(json_array(value ->> '$.author.user', value ->> '$.content.size')) FROM json_each(entry.state, '$.heads')
) WHERE live = 1 AND heads > 0;
INSERT INTO used_bytes (tree, user, bytes)
SELECT entry.tree, head.value ->> 0, sum(head.value ->> 1) FROM entry, json_each(entry.weights) AS head WHERE entry.weights IS NOT NULL GROUP BY 1, 2;

CREATE TRIGGER used_bytes_of_tree AFTER DELETE ON tree BEGIN
  DELETE FROM used_bytes WHERE tree = OLD.key;
END;
