import type { Effect, Entry, EntryId } from '@jzse/sync';
import { nameKey } from '@jzse/sync';
import { prepareAliasRows } from './alias-rows.ts';
import type { ConfirmedChange } from './confirmed-change.ts';
import type { EntryRow } from './entry-rows.ts';
import { prepareEntryRows } from './entry-rows.ts';
import type { FileCounts } from './file-counts.ts';
import { countFile } from './file-counts.ts';
import type { RegionDatabase } from './open-database.ts';
import type { TouchedFolders } from './shown-folders.ts';
import type { SpaceTree } from './space-tree.ts';
import { prepareVersionRows } from './version-rows.ts';

/**
 * Writes of effects. Outstanding ones keep the confirmed state aside, so that they can be taken back;
 * confirmed ones replace. Called inside a transaction only.
 */
export interface ShownWrites {
  applyOutstanding(tree: SpaceTree, effects: readonly Effect[], ordinal: number): void;
  applyConfirmed(tree: SpaceTree, effects: readonly Effect[], change: ConfirmedChange): void;
  /** A page of a snapshot, into a tree that nobody is shown; its sums are computed once all is there. */
  fill(tree: SpaceTree, effects: readonly Effect[]): void;
  /** Takes back what outstanding operations changed; `upTo` limits it to what no operation after that outbox row changed. */
  takeBack(tree: SpaceTree, upTo: number): void;
  /** The last outbox row that put something under this name, or null. */
  outstandingNameOrdinal(tree: SpaceTree, parentId: EntryId, name: string): number | null;
  /** The last outbox row that changed the entry, or null if what is shown is confirmed. */
  outstandingOrdinal(tree: SpaceTree, id: EntryId): number | null;
}

export function prepareShownWrites(
  database: RegionDatabase,
  { touched, fileCounts }: { readonly touched: TouchedFolders; readonly fileCounts: FileCounts },
): ShownWrites {
  const entries = prepareEntryRows(database);
  const aliases = prepareAliasRows(database);
  const versions = prepareVersionRows(database);
  const kept = prepareKept(database);

  const show = ({ space, key }: SpaceTree, entry: Entry, shownIn: EntryId | null): void => {
    touched.touch(space, shownIn);
    touched.touch(space, entry.parentId);
    entries.put(key, entry);
  };
  /** Answers what is shown. */
  const keep = ({ key }: SpaceTree, id: EntryId, ordinal: number): EntryRow | null => {
    const row = entries.read(key, id);
    kept.keep(key, { id, row, ordinal });
    return row;
  };
  const forgetEntry = ({ space, key }: SpaceTree, id: EntryId, change: ConfirmedChange): void => {
    const { shownIn, isKept } = change.replace(id, null);
    touched.touch(space, shownIn);
    if (isKept) kept.drop(key, id);
    entries.remove(key, id);
    aliases.forgetTo(key, id, change);
  };

  return {
    applyOutstanding: (tree, effects, ordinal) => {
      let files = 0;
      for (const effect of effects) {
        if (effect.type === 'entry') {
          const before = keep(tree, effect.entry.id, ordinal);
          files += countFile(effect.entry) - (before?.isFile ?? 0);
          show(tree, effect.entry, before?.parentId ?? null);
          const { parentId, name } = effect.entry;
          if (parentId !== null) kept.takeName(tree.key, { parentId, nameKey: nameKey(name) }, ordinal);
        } else if (effect.type === 'alias') aliases.showOutstanding(tree.key, effect.from, effect.to);
        else if (effect.type === 'version') versions.showOutstanding(tree.key, effect.entryId, effect.version);
        else if (effect.type === 'forget-entry') {
          files -= keep(tree, effect.entryId, ordinal)?.isFile ?? 0;
          entries.remove(tree.key, effect.entryId);
          aliases.hideTo(tree.key, effect.entryId);
        }
      }
      fileCounts.add(tree.key, files);
    },
    applyConfirmed: (tree, effects, change) => {
      for (const effect of effects) {
        if (effect.type === 'entry') {
          const { shownIn, isKept } = change.replace(effect.entry.id, effect.entry);
          if (isKept) kept.drop(tree.key, effect.entry.id);
          show(tree, effect.entry, shownIn);
        } else if (effect.type === 'alias') aliases.confirm(tree.key, effect, change);
        else if (effect.type === 'version') versions.confirm(tree.key, effect, change);
        else if (effect.type === 'forget-entry') forgetEntry(tree, effect.entryId, change);
        else if (effect.type === 'forget-version') versions.forget(tree.key, effect.dot, change);
      }
    },
    fill: (tree, effects) => {
      for (const effect of effects) {
        if (effect.type === 'entry') entries.put(tree.key, effect.entry);
        else if (effect.type === 'alias') aliases.confirm(tree.key, effect, null);
        else if (effect.type === 'version') versions.confirm(tree.key, effect, null);
      }
    },
    takeBack: (tree, upTo) => {
      let files = 0;
      for (const { id, state } of kept.upTo(tree.key, upTo)) {
        const before = entries.read(tree.key, id);
        const entry = state === null ? null : (JSON.parse(state) as Entry);
        files += countFile(entry) - (before?.isFile ?? 0);
        const shownIn = before?.parentId ?? null;
        if (entry === null) {
          touched.touch(tree.space, shownIn);
          entries.remove(tree.key, id);
        } else show(tree, entry, shownIn);
        kept.drop(tree.key, id);
      }
      fileCounts.add(tree.key, files);
      kept.dropNames(tree.key, upTo);
      if (upTo === Number.MAX_SAFE_INTEGER) aliases.takeBack(tree.key);
    },
    outstandingNameOrdinal: (tree, parentId, name) => kept.nameOrdinal(tree.key, parentId, nameKey(name)),
    outstandingOrdinal: (tree, id) => kept.ordinal(tree.key, id),
  };
}

/** Confirmed states set aside, and the names that outstanding operations use. */
function prepareKept(database: RegionDatabase) {
  const keep = database.prepare(
    `INSERT INTO confirmed (tree, id, state, parent_id, last_ordinal) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (tree, id) DO UPDATE SET last_ordinal = excluded.last_ordinal`,
  );
  const drop = database.prepare('DELETE FROM confirmed WHERE tree = ? AND id = ?');
  const upTo = database.prepare<[string, number], { readonly id: EntryId; readonly state: string | null }>(
    'SELECT id, state FROM confirmed WHERE tree = ? AND last_ordinal <= ?',
  );
  const ordinal = database.prepare<[string, string], number>('SELECT last_ordinal FROM confirmed WHERE tree = ? AND id = ?').pluck();
  const takeName = database.prepare(
    `INSERT INTO outstanding_name (tree, parent_id, name_key, last_ordinal) VALUES (?, ?, ?, ?)
     ON CONFLICT (tree, parent_id, name_key) DO UPDATE SET last_ordinal = excluded.last_ordinal`,
  );
  const dropNames = database.prepare('DELETE FROM outstanding_name WHERE tree = ? AND last_ordinal <= ?');
  const nameOrdinal = database
    .prepare<[string, string, string], number>(
      'SELECT last_ordinal FROM outstanding_name WHERE tree = ? AND parent_id = ? AND name_key = ?',
    )
    .pluck();
  return {
    keep: (tree: string, kept: { readonly id: EntryId; readonly row: EntryRow | null; readonly ordinal: number }) =>
      void keep.run(tree, kept.id, kept.row?.state ?? null, kept.row?.parentId ?? null, kept.ordinal),
    drop: (tree: string, id: EntryId) => void drop.run(tree, id),
    upTo: (tree: string, last: number) => upTo.all(tree, last),
    ordinal: (tree: string, id: EntryId) => ordinal.get(tree, id) ?? null,
    takeName: (tree: string, name: { readonly parentId: EntryId; readonly nameKey: string }, last: number) =>
      void takeName.run(tree, name.parentId, name.nameKey, last),
    dropNames: (tree: string, last: number) => void dropNames.run(tree, last),
    nameOrdinal: (tree: string, parentId: EntryId, key: string) => nameOrdinal.get(tree, parentId, key) ?? null,
  };
}
