-- Operations of a log that was replaced by the state of a region, which that region had not seen: they follow on that state as
-- soon as it stands, and a row goes when the log has it. In the order of the former log.
CREATE TABLE carried_operation (
  space     text COLLATE "C" NOT NULL,
  sequence  bigint NOT NULL,              -- in the former log
  operation text   NOT NULL,              -- Operation
  PRIMARY KEY (space, sequence)
);
