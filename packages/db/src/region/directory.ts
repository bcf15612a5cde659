import type { GroupCommit } from './group-commit.ts';
import type { RegionDatabase } from './open-database.ts';

/** A record of the directory as it is kept: found by its key, and by each of its terms. `state` null: it is gone. */
export interface DirectoryRow {
  readonly kind: string;
  readonly key: string;
  readonly state: string | null;
  readonly terms: readonly string[];
}
export interface DirectoryPage {
  readonly life: string;
  /** Copied up to here with this page. */
  readonly revision: number;
  readonly rows: readonly DirectoryRow[];
  /** Nothing newer was left. */
  readonly isLast: boolean;
  /** With the last page: another directory is whole, and the former goes on to decide all the same. */
  readonly isHeld?: boolean;
  readonly atMs: number;
}
export interface DirectoryHead {
  /** Null: none was ever read whole, and nobody can be let in. */
  readonly life: string | null;
  readonly revision: number;
  readonly copiedMs: number | null;
  /** Another directory that is being read; it decides nothing before it is whole. */
  readonly next: { readonly life: string; readonly revision: number } | null;
}

/**
 * The copy of the directory. Reads answer at once, by prepared statements (microseconds), so that a decision can be made inside a
 * transaction; what is applied is seen by the next read. States are JSON text.
 */
export interface Directory extends DirectoryReads {
  head(): DirectoryHead;
  /** Another directory that was read whole and does not decide (`isHeld`); null: none. */
  beside(): DirectoryReads | null;
  /** One transaction. A page of a life that is not the present one begins, or goes on with, another directory, which takes over with its last page. */
  apply(page: DirectoryPage): Promise<void>;
  /** Grows with every page that changed what decides: what was looked up before may be otherwise. */
  version(): number;
}
export interface DirectoryReads {
  state(kind: string, key: string): string | null;
  /** All records of the kind with this term, in the order of keys. */
  states(kind: string, term: string): string[];
  keys(kind: string): string[];
}

interface StateRow {
  readonly generation: number;
  readonly life: string | null;
  readonly revision: number;
  readonly copiedMs: number | null;
  readonly nextLife: string | null;
  readonly nextRevision: number;
  /** 1: it was read whole, and does not decide. */
  readonly nextIsWhole: number;
}

export function prepareDirectory(database: RegionDatabase, group: Pick<GroupCommit, 'run'>): Directory {
  const readState = database.prepare<[], StateRow>(
    `SELECT generation, life, revision, copied_ms AS copiedMs, next_life AS nextLife, next_revision AS nextRevision,
      next_is_whole AS nextIsWhole FROM directory_state WHERE one = 1`,
  );
  const one = database
    .prepare<[number, string, string], string>('SELECT state FROM directory_record WHERE generation = ? AND kind = ? AND key = ?')
    .pluck();
  const byTerm = database
    .prepare<[number, string, string], string>(
      `SELECT state FROM directory_term JOIN directory_record USING (generation, kind, key)
     WHERE generation = ? AND kind = ? AND term = ? ORDER BY key`,
    )
    .pluck();
  const keys = database
    .prepare<[number, string], string>('SELECT key FROM directory_record WHERE generation = ? AND kind = ? ORDER BY key')
    .pluck();
  const readsOf = (generation: () => number): DirectoryReads => ({
    state: (kind, key) => one.get(generation(), kind, key) ?? null,
    states: (kind, term) => byTerm.all(generation(), kind, term),
    keys: (kind) => keys.all(generation(), kind),
  });
  const write = preparePages(database);
  let version = 0;
  let state = stateOf(readState);
  const beside = readsOf(() => state.generation + 1);

  return {
    head: () => headOf(state),
    apply: async (page) => {
      // What the transaction leaves is looked at after it was flushed: one that failed changes nothing here either.
      await group.run(() => write(stateOf(readState), page));
      const before = state;
      state = stateOf(readState);
      if (page.rows.length > 0 || state.generation !== before.generation) version += 1;
    },
    version: () => version,
    ...readsOf(() => state.generation),
    beside: () => (state.nextIsWhole === 1 ? beside : null),
  };
}

function stateOf(read: { get(): StateRow | undefined }): StateRow {
  const row = read.get();
  if (row === undefined) throw new Error('the state of the directory is one row, made with the table');
  return row;
}

const headOf = ({ life, revision, copiedMs, nextLife, nextRevision }: StateRow): DirectoryHead => ({
  life,
  revision,
  copiedMs,
  next: nextLife === null ? null : { life: nextLife, revision: nextRevision },
});

/** Inside a transaction. */
function preparePages(database: RegionDatabase): (state: StateRow, page: DirectoryPage) => void {
  const put = database.prepare(
    `INSERT INTO directory_record (generation, kind, key, state) VALUES (?, ?, ?, ?)
     ON CONFLICT (generation, kind, key) DO UPDATE SET state = excluded.state`,
  );
  const putTerm = database.prepare('INSERT INTO directory_term (generation, kind, term, key) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const drop = database.prepare('DELETE FROM directory_record WHERE generation = ? AND kind = ? AND key = ?');
  const dropTerms = database.prepare('DELETE FROM directory_term WHERE generation = ? AND kind = ? AND key = ?');
  const dropGenerations = ['< ?', '> ?'].map((which) =>
    ['directory_record', 'directory_term'].map((table) => database.prepare(`DELETE FROM ${table} WHERE generation ${which}`)),
  );
  const goOn = database.prepare(
    'UPDATE directory_state SET revision = ?, copied_ms = coalesce(?, copied_ms), next_life = NULL, next_revision = 0, next_is_whole = 0 WHERE one = 1',
  );
  const begin = database.prepare(
    'UPDATE directory_state SET next_life = ?, next_revision = ?, next_is_whole = ?, copied_ms = coalesce(?, copied_ms) WHERE one = 1',
  );
  const takeOver = database.prepare(
    'UPDATE directory_state SET generation = ?, life = ?, revision = ?, copied_ms = ?, next_life = NULL, next_revision = 0, next_is_whole = 0 WHERE one = 1',
  );

  const clearBut = (generation: number): void => {
    for (const tables of dropGenerations) for (const table of tables) table.run(generation);
  };
  const writeRows = (generation: number, rows: readonly DirectoryRow[]): void => {
    for (const { kind, key, state, terms } of rows) {
      dropTerms.run(generation, kind, key);
      if (state === null) drop.run(generation, kind, key);
      else {
        put.run(generation, kind, key, state);
        for (const term of terms) putTerm.run(generation, kind, term, key);
      }
    }
  };
  return (state, { life, revision, rows, isLast, isHeld = false, atMs }) => {
    if (life === state.life) {
      writeRows(state.generation, rows);
      goOn.run(revision, isLast ? atMs : null);
      // What was read of another one is not wanted any more.
      if (state.nextLife !== null) clearBut(state.generation);
      return;
    }
    const beside = state.generation + 1;
    if (life !== state.nextLife) clearBut(state.generation);
    writeRows(beside, rows);
    if (!isLast || isHeld) {
      // Nothing newer is left at the hub either way, so that a region that holds is not cut off.
      begin.run(life, revision, isHeld ? 1 : 0, isHeld ? atMs : null);
      return;
    }
    takeOver.run(beside, life, revision, atMs);
    clearBut(beside);
  };
}
