-- Who there is and what they may: the directory, of which each region copies what concerns its spaces.
-- `state` is JSON of the shapes in packages/api/src/identity/directory.ts.

-- One row, locked by whoever changes the directory: the order of revisions is that of the commits, and no reader can skip one.
CREATE TABLE directory_head (
  one            boolean PRIMARY KEY DEFAULT true CHECK (one),
  life           text   NOT NULL,         -- a directory that was lost and begun anew has another one
  revision       bigint NOT NULL,         -- of the last change
  refresh_secret text   NOT NULL          -- with which refresh tokens are made; never leaves the hub
);
INSERT INTO directory_head (life, revision, refresh_secret)
VALUES (replace(gen_random_uuid()::text, '-', ''), 0, gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text);

CREATE TABLE directory_record (
  kind     text COLLATE "C" NOT NULL,     -- 'user', 'member', …
  key      text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,               -- of its last change, or of the last change of whom it concerns
  state    text,                          -- null: gone
  space    text COLLATE "C",              -- that it is about: regions where that is not placed never see it
  person   text COLLATE "C",              -- whom it is about: regions whom that does not concern never see it
  PRIMARY KEY (kind, key)
);
CREATE UNIQUE INDEX directory_record_by_revision ON directory_record (revision);
CREATE INDEX directory_record_by_space ON directory_record (space) WHERE space IS NOT NULL;
CREATE INDEX directory_record_by_person ON directory_record (person) WHERE person IS NOT NULL;

-- By what else than its key a record is found: 'user/li.wei' and 'group/design' of members, grants and groups, 'hash/…' of tokens.
CREATE TABLE directory_term (
  kind text COLLATE "C" NOT NULL,
  term text COLLATE "C" NOT NULL,
  key  text COLLATE "C" NOT NULL,
  PRIMARY KEY (kind, term, key)
);
CREATE INDEX directory_term_by_record ON directory_term (kind, key);

-- Private halves of the keys in the directory.
CREATE TABLE signing_key (
  id          text COLLATE "C" PRIMARY KEY,
  public_key  text   NOT NULL,            -- JWK x
  private_key text   NOT NULL,            -- JWK d
  created_ms  bigint NOT NULL
);

-- Of sessions in the directory, what regions need not know.
CREATE TABLE session_state (
  session    text COLLATE "C" PRIMARY KEY,
  generation integer NOT NULL DEFAULT 0,  -- of its present refresh token
  rotated_ms bigint  NOT NULL             -- when that was given
);

CREATE TABLE totp_state (
  person    text COLLATE "C" PRIMARY KEY,
  pending   text,                         -- a secret that no code has confirmed yet
  last_step bigint                        -- of the last code that was taken: no code is taken twice
);

-- People whom another identity provider vouches for.
CREATE TABLE oidc_subject (
  issuer  text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  person  text COLLATE "C" NOT NULL,
  PRIMARY KEY (issuer, subject)
);

-- Records that regions shall look at again, since whom they concern has changed: each gets a revision of its own.
CREATE OR REPLACE FUNCTION directory_renew(kinds text[], keys text[]) RETURNS void LANGUAGE sql AS $$
  WITH old AS (
    SELECT kind, key, row_number() OVER (ORDER BY revision) AS at FROM directory_record JOIN unnest(kinds, keys) AS named(kind, key) USING (kind, key)
    WHERE state IS NOT NULL
  ), head AS (
    UPDATE directory_head SET revision = revision + (SELECT count(*) FROM old) RETURNING revision - (SELECT count(*) FROM old) AS before
  )
  UPDATE directory_record AS record SET revision = head.before + old.at FROM old CROSS JOIN head WHERE record.kind = old.kind AND record.key = old.key
$$;

CREATE OR REPLACE FUNCTION directory_renew_people(people text[]) RETURNS void LANGUAGE sql AS $$
  SELECT directory_renew(array_agg(kind), array_agg(key)) FROM directory_record WHERE person = ANY (people)
$$;

-- 'user/li.wei' or 'group/design', with the people in it.
CREATE OR REPLACE FUNCTION directory_renew_subjects(subjects text[]) RETURNS void LANGUAGE sql AS $$
  SELECT directory_renew(array_agg('group'::text), array_agg(substr(subject, 7))) FROM unnest(subjects) AS subject WHERE subject LIKE 'group/%';
  SELECT directory_renew_people(array_agg(substr(subject, 6))) FROM (
    SELECT subject FROM unnest(subjects) AS subject WHERE subject LIKE 'user/%'
    UNION
    SELECT term FROM directory_term WHERE kind = 'group' AND term LIKE 'user/%' AND 'group/' || key = ANY (subjects)
  ) AS people
$$;

-- Does the subject have a role, or a grant, in a space that is not one of these?
CREATE OR REPLACE FUNCTION directory_subject_concerns(subject text, hidden text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM directory_term AS term JOIN directory_record AS record USING (kind, key)
    WHERE term.kind IN ('member', 'grant') AND term.term = subject AND record.space <> ALL (hidden))
$$;
CREATE OR REPLACE FUNCTION directory_person_concerns(asked text, hidden text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM directory_record WHERE kind = 'user' AND key = asked AND state::json ->> 'isAdmin' = 'true')
    OR directory_subject_concerns('user/' || asked, hidden)
    OR EXISTS (
      SELECT FROM directory_term WHERE kind = 'group' AND term = 'user/' || asked AND directory_subject_concerns('group/' || key, hidden))
$$;

-- All or none. A change that names what was there (`was`) is refused with SQLSTATE JZ001 when something else is. Answers the revision.
CREATE OR REPLACE FUNCTION directory_put(changes json) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  change    json;
  old       directory_record;
  old_terms text[];
  new_terms text[];
  latest      bigint;
BEGIN
  SELECT revision INTO latest FROM directory_head FOR UPDATE;
  FOR change IN SELECT * FROM json_array_elements(changes) LOOP
    SELECT * INTO old FROM directory_record WHERE kind = change ->> 'kind' AND key = change ->> 'key';
    IF (change ->> 'isGuarded')::boolean AND old.state IS DISTINCT FROM change ->> 'was' THEN
      RAISE EXCEPTION 'the directory has changed' USING ERRCODE = 'JZ001';
    END IF;
    CONTINUE WHEN old.state IS NOT DISTINCT FROM change ->> 'state';

    UPDATE directory_head SET revision = revision + 1 RETURNING revision INTO latest;
    INSERT INTO directory_record (kind, key, revision, state, space, person)
    VALUES (change ->> 'kind', change ->> 'key', latest, change ->> 'state', change ->> 'space', change ->> 'person')
    ON CONFLICT (kind, key) DO UPDATE
    SET revision = excluded.revision, state = excluded.state, space = excluded.space, person = excluded.person;

    SELECT coalesce(array_agg(term), '{}') INTO old_terms FROM directory_term WHERE kind = change ->> 'kind' AND key = change ->> 'key';
    SELECT coalesce(array_agg(term), '{}') INTO new_terms FROM json_array_elements_text(change -> 'terms') AS term;
    DELETE FROM directory_term WHERE kind = change ->> 'kind' AND key = change ->> 'key';
    INSERT INTO directory_term (kind, term, key) SELECT DISTINCT change ->> 'kind', term, change ->> 'key' FROM unnest(new_terms) AS term;

    IF change ->> 'kind' IN ('member', 'grant') AND (old.state IS NULL OR change ->> 'state' IS NULL) THEN
      PERFORM directory_renew_subjects(old_terms || new_terms);
    ELSIF change ->> 'kind' = 'group' THEN
      PERFORM directory_renew_people(array_agg(substr(term, 6))) FROM unnest(old_terms || new_terms) AS term
      WHERE (term = ANY (old_terms)) <> (term = ANY (new_terms));
    ELSIF change ->> 'kind' = 'user' AND old.state::json ->> 'isAdmin' <> (change ->> 'state')::json ->> 'isAdmin' THEN
      PERFORM directory_renew_people(ARRAY[change ->> 'key']);
    ELSIF change ->> 'kind' = 'placement'
      AND (old.state::json ->> 'placement' IS NOT DISTINCT FROM 'none') <> ((change ->> 'state')::json ->> 'placement' IS NOT DISTINCT FROM 'none') THEN
      PERFORM directory_renew(array_agg(kind), array_agg(key)) FROM directory_record WHERE space = change ->> 'space';
      PERFORM directory_renew_subjects(array_agg(DISTINCT term)) FROM directory_record JOIN directory_term USING (kind, key)
      WHERE space = change ->> 'space' AND kind IN ('member', 'grant');
    END IF;
  END LOOP;
  SELECT revision INTO latest FROM directory_head;
  RETURN latest;
END
$$;
