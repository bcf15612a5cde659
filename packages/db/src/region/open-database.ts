import { readdirSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';

export type RegionDatabase = Database.Database;

const migrations = new URL('./migrations/', import.meta.url);
const busyTimeoutMs = 5000;

/** Opens the file, made if absent, at the newest schema. Refuses a file of a newer JzSE. */
export function openDatabase(file: string): RegionDatabase {
  const database = new Database(file, { timeout: busyTimeoutMs });
  database.pragma('journal_mode = WAL');
  // Acknowledged means durable: every commit is flushed, also under WAL.
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  // 64 MiB: copying the log back holds up every reader and writer, and pages that change often are copied once.
  database.pragma('wal_autocheckpoint = 16384');
  database.pragma('cache_size = -16000');
  migrate(database);
  return database;
}

/** A migration's number is the schema version that it produces. */
function migrate(database: RegionDatabase): void {
  const files = readdirSync(migrations)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const current = Number(database.pragma('user_version', { simple: true }));
  const newest = Number(files.at(-1)?.slice(0, 2) ?? 0);
  if (current > newest) throw new Error(`this store has schema ${current}, this JzSE knows ${newest}: run a newer JzSE`);
  for (const name of files) {
    const version = Number(name.slice(0, 2));
    if (version <= current) continue;
    database.transaction(() => {
      database.exec(readFileSync(new URL(name, migrations), 'utf8'));
      database.pragma(`user_version = ${version}`);
    })();
  }
}
