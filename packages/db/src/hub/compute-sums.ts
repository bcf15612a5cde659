import type { Entry, EntryId, SpaceId, Version } from '@jzse/sync';
import { addTerms, aliasTerm, entryTerm, rootId, versionTerm } from '@jzse/sync';
import type postgres from 'postgres';
import type { SpaceSums } from './digest-batch.ts';
import type { Types } from './open-database.ts';
import { sumToText, textHash } from './text-hash.ts';

/** A pool or a transaction. */
type Database = postgres.ISql<Types>;
/** The same columns, under other names while a space is seeded. */
export interface TreeTables {
  readonly entry: string;
  readonly alias: string;
  readonly version: string;
}
export const currentTables: TreeTables = { entry: 'entry', alias: 'alias', version: 'version' };

const rowsPerRead = 2000;
/** A chain of folders longer than this is a bug in the tree. */
const depthMax = 100_000;

/** All sums of a space from its rows alone, stored with its entries. Memory grows with the number of folders, not of files. */
export async function computeSums(database: Database, tables: TreeTables, space: SpaceId): Promise<SpaceSums> {
  const sums = new Map<EntryId, bigint>();
  const add = (entry: Entry): void => {
    if (entry.parentId === null) return;
    sums.set(entry.parentId, addTerms(sums.get(entry.parentId) ?? 0n, entryTerm(entry, sums.get(entry.id) ?? 0n, textHash)));
  };
  const parents = new Map<EntryId, EntryId | null>();
  for await (const entries of readEntries(database, tables, space)) {
    for (const entry of entries) {
      if (entry.kind === 'file') add(entry);
      else parents.set(entry.id, entry.parentId);
    }
  }
  const folders = deepestFirst(parents);
  for (let at = 0; at < folders.length; at += rowsPerRead) {
    const ids = folders.slice(at, at + rowsPerRead);
    const rows = await database<{ readonly id: EntryId; readonly state: string }[]>`
      SELECT id, state FROM ${database(tables.entry)} WHERE space = ${space} AND id = ANY (${ids}::text[])`;
    const states = new Map(rows.map(({ id, state }) => [id, state]));
    for (const id of ids) {
      const state = states.get(id);
      if (state !== undefined) add(JSON.parse(state) as Entry);
    }
    await database`
      UPDATE ${database(tables.entry)} AS entry SET child_sum = new.sum
      FROM unnest(${ids}::text[], ${ids.map((id) => sumToText(sums.get(id) ?? 0n))}::text[]) AS new(id, sum)
      WHERE entry.space = ${space} AND entry.id = new.id AND entry.child_sum <> new.sum`;
  }
  return {
    root: sums.get(rootId) ?? 0n,
    aliases: await sumOfAliases(database, tables, space),
    versions: await sumOfVersions(database, tables, space),
  };
}

async function* readEntries(database: Database, tables: TreeTables, space: SpaceId): AsyncGenerator<readonly Entry[]> {
  for (let after = ''; ; ) {
    const rows = await database<{ readonly id: string; readonly state: string }[]>`
      SELECT id, state FROM ${database(tables.entry)} WHERE space = ${space} AND id > ${after} ORDER BY id LIMIT ${rowsPerRead}`;
    yield rows.map(({ state }) => JSON.parse(state) as Entry);
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerRead) return;
    after = last.id;
  }
}

function deepestFirst(parents: ReadonlyMap<EntryId, EntryId | null>): EntryId[] {
  const depths = new Map<EntryId, number>();
  const depthOf = (id: EntryId): number => {
    const chain: EntryId[] = [];
    let current: EntryId | null = id;
    while (current !== null && !depths.has(current)) {
      if (chain.push(current) > depthMax) throw new Error(`cycle of parents at ${id}`);
      current = parents.get(current) ?? null;
    }
    let depth = current === null ? 0 : (depths.get(current) ?? 0);
    for (const above of chain.reverse()) depths.set(above, ++depth);
    return depth;
  };
  const folders = [...parents.keys()].map((id) => ({ id, depth: depthOf(id) }));
  return folders.sort((left, right) => right.depth - left.depth).map(({ id }) => id);
}

async function sumOfAliases(database: Database, tables: TreeTables, space: SpaceId): Promise<bigint> {
  let sum = 0n;
  for (let after = ''; ; ) {
    const rows = await database<{ readonly from: EntryId; readonly to: EntryId }[]>`
      SELECT from_id AS from, to_id AS to FROM ${database(tables.alias)} WHERE space = ${space} AND from_id > ${after} ORDER BY from_id LIMIT ${rowsPerRead}`;
    for (const { from, to } of rows) sum = addTerms(sum, aliasTerm(from, to, textHash));
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerRead) return sum;
    after = last.from;
  }
}

async function sumOfVersions(database: Database, tables: TreeTables, space: SpaceId): Promise<bigint> {
  let sum = 0n;
  for (let after = ''; ; ) {
    const rows = await database<{ readonly dot: string; readonly entryId: EntryId; readonly state: string }[]>`
      SELECT dot, entry_id AS "entryId", state FROM ${database(tables.version)} WHERE space = ${space} AND dot > ${after} ORDER BY dot LIMIT ${rowsPerRead}`;
    for (const { entryId, state } of rows) sum = addTerms(sum, versionTerm(entryId, JSON.parse(state) as Version, textHash));
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerRead) return sum;
    after = last.dot;
  }
}
