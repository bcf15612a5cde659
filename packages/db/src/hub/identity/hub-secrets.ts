import type { HubDatabase } from '../open-database.ts';
import type { IdentityStore, SessionRow, SigningKeyRow } from './identity-store.ts';

type Secrets = Omit<IdentityStore, 'head' | 'put' | 'get' | 'list' | 'find' | 'pageForRegion' | 'close'>;

/** What the hub knows of people beside the directory, and regions do not. */
export function prepareHubSecrets(database: HubDatabase): Secrets {
  return { ...keys(database), ...sessionRows(database), ...secondFactors(database), ...subjects(database) };
}

function keys(database: HubDatabase) {
  return {
    refreshSecret: async () => {
      const [row] = await database<{ readonly secret: string }[]>`SELECT refresh_secret AS secret FROM directory_head`;
      if (row === undefined) throw new Error('the directory has a head from its migration on');
      return row.secret;
    },
    signingKeys: async () => {
      const rows = await database<SigningKeyRow[]>`
        SELECT id, public_key AS "publicKey", private_key AS "privateKey", created_ms AS "createdMs" FROM signing_key ORDER BY created_ms, id`;
      return rows.map((row) => ({ ...row }));
    },
    addSigningKey: async ({ id, publicKey, privateKey, createdMs }) => {
      await database`INSERT INTO signing_key (id, public_key, private_key, created_ms) VALUES (${id}, ${publicKey}, ${privateKey}, ${createdMs})`;
    },
    dropSigningKeys: async (ids) => {
      await database`DELETE FROM signing_key WHERE id = ANY (${[...ids]}::text[])`;
    },
  } satisfies Partial<Secrets>;
}

function sessionRows(database: HubDatabase) {
  const read = async (ids: readonly string[]): Promise<ReadonlyMap<string, SessionRow>> => {
    const rows = await database<(SessionRow & { readonly session: string })[]>`
      SELECT session, generation, rotated_ms AS "rotatedMs" FROM session_state WHERE session = ANY (${[...ids]}::text[])`;
    return new Map(rows.map(({ session, generation, rotatedMs }) => [session, { generation, rotatedMs }]));
  };
  return {
    session: async (id) => (await read([id])).get(id) ?? null,
    sessions: read,
    noteRotation: async (id, { generation, atMs }) => {
      await database`
        INSERT INTO session_state (session, generation, rotated_ms) VALUES (${id}, ${generation}, ${atMs})
        ON CONFLICT (session) DO UPDATE SET generation = excluded.generation, rotated_ms = excluded.rotated_ms
        WHERE session_state.generation < excluded.generation`;
    },
    dropSessions: async (ids) => {
      await database`DELETE FROM session_state WHERE session = ANY (${[...ids]}::text[])`;
    },
  } satisfies Partial<Secrets>;
}

function secondFactors(database: HubDatabase) {
  const read = async (person: string) => {
    const [row] = await database<{ readonly pending: string | null; readonly lastStep: number | null }[]>`
      SELECT pending, last_step AS "lastStep" FROM totp_state WHERE person = ${person}`;
    return row ?? { pending: null, lastStep: null };
  };
  return {
    pendingTotp: async (person) => (await read(person)).pending,
    setPendingTotp: async (person, secret) => {
      await database`
        INSERT INTO totp_state (person, pending) VALUES (${person}, ${secret}) ON CONFLICT (person) DO UPDATE SET pending = excluded.pending`;
    },
    lastTotpStep: async (person) => (await read(person)).lastStep,
    takeTotpStep: async (person, step) => {
      const taken = await database`
        INSERT INTO totp_state AS known (person, last_step) VALUES (${person}, ${step})
        ON CONFLICT (person) DO UPDATE SET last_step = excluded.last_step WHERE coalesce(known.last_step, -1) < excluded.last_step RETURNING person`;
      return taken.length > 0;
    },
    forgetTotp: async (person) => {
      await database`DELETE FROM totp_state WHERE person = ${person}`;
    },
  } satisfies Partial<Secrets>;
}

function subjects(database: HubDatabase) {
  return {
    personOfSubject: async (issuer, subject) => {
      const [row] = await database<{ readonly person: string }[]>`
        SELECT person FROM oidc_subject WHERE issuer = ${issuer} AND subject = ${subject}`;
      return row?.person ?? null;
    },
    linkSubject: async (issuer, subject, person) => {
      await database`INSERT INTO oidc_subject (issuer, subject, person) VALUES (${issuer}, ${subject}, ${person}) ON CONFLICT DO NOTHING`;
    },
  } satisfies Partial<Secrets>;
}
