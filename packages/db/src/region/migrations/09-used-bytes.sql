-- Bytes of what is shown, by who wrote it: what quotas are compared with. Kept by the rows of entries themselves, whoever writes them.
CREATE TABLE used_bytes (
  tree  TEXT NOT NULL,
  user  TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (tree, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_bytes_by_user ON used_bytes (user);

INSERT INTO used_bytes (tree, user, bytes)
SELECT entry.tree, head.value ->> '$.author.user', sum(head.value ->> '$.content.size')
FROM entry, json_each(entry.state, '$.heads') AS head WHERE entry.live = 1 AND entry.heads > 0 GROUP BY 1, 2;

CREATE TRIGGER used_bytes_of_new AFTER INSERT ON entry WHEN NEW.live = 1 AND NEW.heads > 0 BEGIN
  INSERT INTO used_bytes (tree, user, bytes) SELECT NEW.tree, value ->> '$.author.user', value ->> '$.content.size'
  FROM json_each(NEW.state, '$.heads') WHERE true ON CONFLICT (tree, user) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER used_bytes_of_old AFTER DELETE ON entry WHEN OLD.live = 1 AND OLD.heads > 0 BEGIN
  INSERT INTO used_bytes (tree, user, bytes) SELECT OLD.tree, value ->> '$.author.user', -(value ->> '$.content.size')
  FROM json_each(OLD.state, '$.heads') WHERE true ON CONFLICT (tree, user) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER used_bytes_of_former AFTER UPDATE ON entry WHEN OLD.live = 1 AND OLD.heads > 0 BEGIN
  INSERT INTO used_bytes (tree, user, bytes) SELECT OLD.tree, value ->> '$.author.user', -(value ->> '$.content.size')
  FROM json_each(OLD.state, '$.heads') WHERE true ON CONFLICT (tree, user) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER used_bytes_of_present AFTER UPDATE ON entry WHEN NEW.live = 1 AND NEW.heads > 0 BEGIN
  INSERT INTO used_bytes (tree, user, bytes) SELECT NEW.tree, value ->> '$.author.user', value ->> '$.content.size'
  FROM json_each(NEW.state, '$.heads') WHERE true ON CONFLICT (tree, user) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER used_bytes_of_tree AFTER DELETE ON tree BEGIN
  DELETE FROM used_bytes WHERE tree = OLD.key;
END;
