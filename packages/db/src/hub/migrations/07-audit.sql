-- Who did what: chains of records, one a writer (the hub, each replica of a region). Rows are added and never changed.
CREATE TABLE audit (
  id          bigint PRIMARY KEY,         -- in the order of the commits
  writer      text COLLATE "C" NOT NULL,  -- 'hub', 'beijing:1'
  sequence    bigint NOT NULL,            -- in the writer's chain
  previous    text   NOT NULL,            -- hash of the record before
  hash        text   NOT NULL,            -- SHA-256 over the record and `previous`
  at_ms       bigint NOT NULL,            -- by the writer's clock
  received_ms bigint NOT NULL,            -- by the hub's; not covered by the hash
  actor       text COLLATE "C" NOT NULL,
  action      text COLLATE "C" NOT NULL,
  space       text COLLATE "C",
  target      text,
  address     text,
  request_id  text,
  result      text   NOT NULL,
  detail      text   NOT NULL             -- JSON
);
CREATE INDEX audit_by_writer ON audit (writer, sequence, id);
CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_action ON audit (action, id);
CREATE INDEX audit_by_space ON audit (space, id) WHERE space IS NOT NULL;
CREATE INDEX audit_by_time ON audit (received_ms, id);

-- Where each chain ends: a record that is missing there shows.
CREATE TABLE audit_chain (
  writer   text COLLATE "C" PRIMARY KEY,
  sequence bigint NOT NULL,
  hash     text   NOT NULL
);

-- One row, locked by whoever adds records: the order of ids is that of the commits, and no reader can skip one.
CREATE TABLE audit_head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  id  bigint NOT NULL
);
INSERT INTO audit_head (id) VALUES (0);
