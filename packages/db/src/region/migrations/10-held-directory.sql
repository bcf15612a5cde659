-- Another directory was read whole, and the former goes on to decide: the hub lost its database, and knows nobody yet.
ALTER TABLE directory_state ADD COLUMN next_is_whole INTEGER NOT NULL DEFAULT 0;
