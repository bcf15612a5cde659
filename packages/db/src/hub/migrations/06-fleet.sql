-- How regions come into the fleet. What they may have, and by which key they are known, stands in the directory.

-- The one-time token by which a region may make its key known; one a region, the latest. A region that was revoked has none.
CREATE TABLE enrolment (
  region     text COLLATE "C" PRIMARY KEY,
  token_hash text   NOT NULL,             -- SHA-256 in hex
  expires_ms bigint NOT NULL,
  url        text,                        -- approved by an admin; null: what the region names
  used_by    text                         -- the public key that came with it: it may come again, no other
);

-- Spaces of which a region gets nothing: what the directory says of placements, for those who plan transfers.
CREATE TABLE unplaced (
  space  text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  PRIMARY KEY (space, region)
);
