-- Bytes of the contents that are held, kept as a sum: heartbeats name it every few seconds.
CREATE TABLE held_bytes (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  bytes INTEGER NOT NULL
) STRICT;
INSERT INTO held_bytes (one, bytes) SELECT 1, coalesce(sum(size), 0) FROM content WHERE held = 1;
CREATE TRIGGER held_bytes_of_new AFTER INSERT ON content WHEN new.held = 1 BEGIN
  UPDATE held_bytes SET bytes = bytes + new.size WHERE one = 1;
END;
CREATE TRIGGER held_bytes_of_changed AFTER UPDATE OF held ON content WHEN new.held <> old.held BEGIN
  UPDATE held_bytes SET bytes = bytes + (new.held - old.held) * new.size WHERE one = 1;
END;
CREATE TRIGGER held_bytes_of_gone AFTER DELETE ON content WHEN old.held = 1 BEGIN
  UPDATE held_bytes SET bytes = bytes - old.size WHERE one = 1;
END;
