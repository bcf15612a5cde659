import type { Effect, Entry, EntryId, SpaceId, Version } from '@jzse/sync';
import type { Statement } from 'better-sqlite3';
import type { Page, PageRequest } from '../metadata-store.ts';
import type { RegionDatabase } from './open-database.ts';
import type { SpaceTrees, TreeKey } from './space-tree.ts';

/** The confirmed state as effects, for a hub that lost everything. */
export type ConfirmedPage = (space: SpaceId, page: PageRequest) => Page<Effect>;

interface Row {
  readonly key: string;
  /** Null: only outstanding. */
  readonly effect: Effect | null;
}
type Section = (tree: TreeKey, after: string, limit: number) => Row[];

export function prepareConfirmedPage(database: RegionDatabase, trees: SpaceTrees): ConfirmedPage {
  const sections: readonly Section[] = [
    prepareEntries(database),
    prepareKept(database),
    prepareAliases(database),
    prepareVersions(database),
  ];
  return (space, { after, limit }) => {
    const { key } = trees.of(space);
    const [number, last] = after === null ? [0, ''] : [Number(after[0]), after.slice(1)];
    const section = sections[number];
    if (section === undefined) return { items: [], next: null };
    const rows = section(key, last, limit);
    const items = rows.map((row) => row.effect).filter((effect) => effect !== null);
    const end = rows.at(-1);
    if (end !== undefined && rows.length === limit) return { items, next: `${number}${end.key}` };
    return { items, next: number + 1 < sections.length ? `${number + 1}` : null };
  };
}

type EntryPage = Statement<[string, string, number], { readonly key: EntryId; readonly state: string | null }>;

function prepareEntries(database: RegionDatabase): Section {
  const page: EntryPage = database.prepare(
    `SELECT id AS key, iif(EXISTS (SELECT 1 FROM confirmed WHERE confirmed.tree = entry.tree AND confirmed.id = entry.id), NULL, state) AS state
     FROM entry WHERE tree = ? AND id > ? ORDER BY id LIMIT ?`,
  );
  return entriesOf(page);
}

/** Entries that outstanding operations show otherwise. */
function prepareKept(database: RegionDatabase): Section {
  return entriesOf(database.prepare('SELECT id AS key, state FROM confirmed WHERE tree = ? AND id > ? ORDER BY id LIMIT ?'));
}

function entriesOf(page: EntryPage): Section {
  return (tree, after, limit) =>
    page
      .all(tree, after, limit)
      .map(({ key, state }) => ({ key, effect: state === null ? null : { type: 'entry', entry: JSON.parse(state) as Entry } }));
}

function prepareAliases(database: RegionDatabase): Section {
  const page = database.prepare<[string, string, number], { readonly key: EntryId; readonly to: EntryId; readonly outstanding: number }>(
    'SELECT from_id AS key, to_id AS "to", outstanding FROM alias WHERE tree = ? AND from_id > ? ORDER BY from_id LIMIT ?',
  );
  return (tree, after, limit) =>
    page
      .all(tree, after, limit)
      .map(({ key, to, outstanding }) => ({ key, effect: outstanding === 1 ? null : { type: 'alias', from: key, to } }));
}

function prepareVersions(database: RegionDatabase): Section {
  const page = database.prepare<
    [string, string, number],
    { readonly key: string; readonly entryId: EntryId; readonly state: string; readonly confirmed: number }
  >('SELECT dot AS key, entry_id AS entryId, state, confirmed FROM version WHERE tree = ? AND dot > ? ORDER BY dot LIMIT ?');
  return (tree, after, limit) =>
    page.all(tree, after, limit).map(({ key, entryId, state, confirmed }) => ({
      key,
      effect: confirmed === 0 ? null : { type: 'version', entryId, version: JSON.parse(state) as Version },
    }));
}
