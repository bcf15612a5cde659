import { readdirSync, readFileSync } from 'node:fs';
import postgres from 'postgres';
import { backFillSums } from './back-fill-sums.ts';

export type Types = { readonly bigint: number };
/**
 * A pool. Every change is one statement: the library cannot survive a connection that breaks between the statements of a
 * transaction (github.com/porsager/postgres/issues/1208, 1216).
 */
export type HubDatabase = postgres.Sql<Types>;

export interface HubPools {
  /** A commit is flushed before it is acknowledged. */
  readonly durable: HubDatabase;
  /** For what is derived, and made again after a crash: a commit does not wait for the disk. */
  readonly derived: HubDatabase;
}

const migrations = new URL('./migrations/', import.meta.url);
/** Any constant that nobody else uses in this database. */
const migrationLock = 7_365_001;
/** What a migration does that SQL alone cannot, by the version that it produces. */
const afterMigration: Readonly<Record<number, (database: postgres.ISql<Types>) => Promise<void>>> = { 2: backFillSums };
const closeTimeoutSeconds = 2;
/**
 * Statements find a few rows of large tables by their keys; a plan made while these were small must not walk them later.
 * For the same reason look-ups of many rows are scalar or `LATERAL … OFFSET 0` subqueries, which Postgres takes as they
 * stand, where a join could be turned round. Compiling a plan takes longer than running it.
 */
const byKey = { jit: 'off', enable_seqscan: 'off', enable_bitmapscan: 'off' };

/** Connects, and brings the schema to the newest version. Refuses a database of a newer JzSE. */
export async function openDatabase(options: { readonly databaseUrl: string; readonly poolMax: number }): Promise<HubPools> {
  const durable = connect(options, {});
  const derived = connect(options, { synchronous_commit: 'off' });
  try {
    await migrate(durable);
  } catch (cause) {
    await closeDatabase({ durable, derived });
    throw cause;
  }
  return { durable, derived };
}

export async function closeDatabase({ durable, derived }: HubPools): Promise<void> {
  await Promise.all([durable.end({ timeout: closeTimeoutSeconds }), derived.end({ timeout: closeTimeoutSeconds })]);
}

function connect(
  options: { readonly databaseUrl: string; readonly poolMax: number },
  settings: Readonly<Record<string, string>>,
): HubDatabase {
  return postgres<{ readonly bigint: postgres.PostgresType<number> }>(options.databaseUrl, {
    max: options.poolMax,
    onnotice: () => undefined,
    // Sequences, counters and milliseconds all stay below 2^53.
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
    connection: { application_name: 'jzse-hub', ...byKey, ...settings },
  });
}

/** A migration's number is the schema version that it produces. Two hubs that start at once take turns. Broken off, it is done again at the next start. */
async function migrate(database: HubDatabase): Promise<void> {
  const files = readdirSync(migrations)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const newest = Number(files.at(-1)?.slice(0, 2) ?? 0);
  await database.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${migrationLock})`;
    await transaction`CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)`;
    const [row] = await transaction<{ readonly version: number }[]>`SELECT max(version) AS version FROM schema_version`;
    const current = row?.version ?? 0;
    if (current > newest) throw new Error(`this database has schema ${current}, this JzSE knows ${newest}: run a newer JzSE`);
    for (const name of files) {
      const version = Number(name.slice(0, 2));
      if (version <= current) continue;
      await transaction.unsafe(readFileSync(new URL(name, migrations), 'utf8'));
      await afterMigration[version]?.(transaction);
      await transaction`INSERT INTO schema_version (version) VALUES (${version})`;
    }
  });
}
