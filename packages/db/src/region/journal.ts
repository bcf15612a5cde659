import type { Author, Dot, Effect, Entry, EntryId, Operation, SpaceId } from '@jzse/sync';
import { dotKey, parseDotKey } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { ChangeRow, CommitRequest, JournalRow } from './region-store.ts';
import type { SpaceTree } from './space-tree.ts';
import type { TouchedFile, TouchedFiles } from './touched-files.ts';
import { authorKey } from './touched-files.ts';

/** What operations of this region changed, as it was shown before; and the changes that a person can undo as one. Written inside transactions only. */
export interface Journal {
  /** Before the effects are shown. */
  note(tree: SpaceTree, committed: CommittedEffects): void;
  list(space: SpaceId, limit: number): ChangeRow[];
  /** The first state of each entry, oldest first; null: no such change. */
  read(space: SpaceId, changeId: string): JournalRow[] | null;
  /** All that the author changed since then, and changes until it is `closeSince`d, is one change. */
  openSince(change: OpenChange): void;
  closeSince(space: SpaceId, changeId: string): void;
  prune(olderThanMs: number, limit: number): number;
}
export interface CommittedEffects {
  readonly operation: Operation;
  readonly effects: readonly Effect[];
  readonly change: CommitRequest['change'];
  readonly atMs: number;
}
export interface OpenChange extends ChangeRow {
  readonly space: SpaceId;
  readonly sinceMs: number;
}

export function prepareJournal(database: RegionDatabase, touched: TouchedFiles): Journal {
  const rows = prepareRows(database);
  const changes = prepareChanges(database);
  return {
    note: (tree, { operation, effects, change, atMs }) => {
      // What is made anew is no loss; within a change that can be undone as one it goes with it.
      if (operation.type === 'create' && change === undefined) return;
      const author = authorKey(operation.author);
      const files: TouchedFile[] = [];
      let entries = 0;
      for (const effect of effects) {
        if (effect.type !== 'entry') continue;
        const { id, kind, deleted } = effect.entry;
        entries++;
        const touches = countsFor(operation) ? rows.filesOf(tree, id) : 0;
        if (touches > 0 && (kind === 'file' || (operation.type === 'move' && deleted === null)))
          files.push({ entryId: id, atMs, isGone: deleted !== null, files: touches });
        rows.add(tree, { author, dot: dotKey(operation.dot), entryId: id, atMs, changeId: change?.changeId ?? null });
      }
      touched.note(tree.space, author, files);
      if (change !== undefined) changes.add(tree.space, { ...change, atMs, entries });
    },
    list: changes.list,
    read: (space, changeId) => {
      const change = changes.find(space, changeId);
      if (change === undefined) return null;
      const first = new Map<EntryId, JournalRow & { readonly dots: Dot[] }>();
      for (const row of change.sinceMs === null ? rows.ofChange(space, changeId) : rows.ofAuthor(space, change)) {
        const dot = parseDotKey(row.dot);
        if (dot === null) continue;
        const known = first.get(row.entryId);
        const before = row.before === null ? null : (JSON.parse(row.before) as Entry);
        if (known === undefined) first.set(row.entryId, { dot, entryId: row.entryId, before, dots: [dot] });
        else known.dots.push(dot);
      }
      return [...first.values()];
    },
    openSince: changes.openSince,
    closeSince: (space, changeId) => changes.close(space, changeId, rows.last()),
    prune: (olderThanMs, limit) => {
      const gone = rows.prune(olderThanMs, limit);
      for (const { space, author, entryId, atMs } of gone) touched.expire(space, author, { entryId, atMs });
      return gone.length + changes.prune(olderThanMs, limit);
    },
  };
}

/** What a door is closed by; bringing back is not. */
const countsFor = (operation: Operation): boolean => operation.type === 'write' || operation.type === 'move' || operation.type === 'delete';

interface StoredRow {
  readonly dot: string;
  readonly entryId: EntryId;
  readonly before: string | null;
}
interface ExpiredRow {
  readonly space: SpaceId;
  readonly author: string;
  readonly entryId: EntryId;
  readonly atMs: number;
}

function prepareRows(database: RegionDatabase) {
  const add = database.prepare(
    `INSERT INTO journal (space, author, dot, entry_id, before, at_ms, change_id)
     VALUES (@space, @author, @dot, @entryId, (SELECT state FROM entry WHERE tree = @tree AND id = @entryId), @atMs, @changeId)`,
  );
  const filesOf = database
    .prepare<[string, string], number>(
      `SELECT iif(heads > 0, 1, coalesce((SELECT files FROM folder_sum WHERE tree = entry.tree AND folder_id = entry.id), 0))
       FROM entry WHERE tree = ? AND id = ? AND live = 1`,
    )
    .pluck();
  const ofChange = database.prepare<[string, string], StoredRow>(
    'SELECT dot, entry_id AS entryId, before FROM journal WHERE space = ? AND change_id = ? ORDER BY ordinal',
  );
  const ofAuthor = database.prepare<[string, string, number, number], StoredRow>(
    `SELECT dot, entry_id AS entryId, before FROM journal WHERE space = ? AND author = ? AND at_ms >= ? AND ordinal <= ? ORDER BY ordinal`,
  );
  const last = database.prepare<[], number>('SELECT coalesce(max(ordinal), 0) FROM journal').pluck();
  const oldest = database.prepare<[number, number], { readonly ordinal: number; readonly atMs: number }>(
    'SELECT ordinal, at_ms AS atMs FROM journal WHERE ordinal > ? ORDER BY ordinal LIMIT ?',
  );
  const prune = database.prepare<[number], ExpiredRow>(
    'DELETE FROM journal WHERE ordinal <= ? RETURNING space, author, entry_id AS entryId, at_ms AS atMs',
  );
  return {
    add: (
      { space, key }: SpaceTree,
      row: {
        readonly author: string;
        readonly dot: string;
        readonly entryId: EntryId;
        readonly atMs: number;
        readonly changeId: string | null;
      },
    ) => void add.run({ space, tree: key, ...row }),
    /** 1 for a live file; for a live folder the confirmed ones below it: with a folder that is moved all of these are somewhere else. */
    filesOf: ({ key }: SpaceTree, id: EntryId) => filesOf.get(key, id) ?? 0,
    ofChange: (space: SpaceId, changeId: string) => ofChange.iterate(space, changeId),
    ofAuthor: (space: SpaceId, change: FoundChange) =>
      ofAuthor.iterate(space, authorKey(JSON.parse(change.author) as Author), change.sinceMs ?? 0, change.until ?? Number.MAX_SAFE_INTEGER),
    last: () => last.get() ?? 0,
    /** Rows are in the order of time: the first young one ends it. */
    prune: (olderThanMs: number, limit: number): ExpiredRow[] => {
      const rows = oldest.all(0, limit);
      const young = rows.findIndex((row) => row.atMs >= olderThanMs);
      const gone = rows.at(young === -1 ? rows.length - 1 : young - 1);
      return gone === undefined || young === 0 ? [] : prune.all(gone.ordinal);
    },
  };
}

interface FoundChange {
  readonly author: string;
  readonly sinceMs: number | null;
  readonly until: number | null;
}

function prepareChanges(database: RegionDatabase) {
  const add = database.prepare(
    `INSERT INTO change (space, change_id, at_ms, author, what, entries, since_ms) VALUES (@space, @changeId, @atMs, @author, @what, @entries, @sinceMs)
     ON CONFLICT (space, change_id) DO UPDATE SET entries = entries + excluded.entries`,
  );
  const list = database.prepare<[string, number], Omit<ChangeRow, 'author'> & { readonly author: string }>(
    `SELECT change_id AS changeId, at_ms AS atMs, author, what, entries FROM change WHERE space = ? ORDER BY at_ms DESC LIMIT ?`,
  );
  const find = database.prepare<[string, string], FoundChange>(
    'SELECT author, since_ms AS sinceMs, until FROM change WHERE space = ? AND change_id = ?',
  );
  const close = database.prepare('UPDATE change SET until = ? WHERE space = ? AND change_id = ? AND until IS NULL');
  const prune = database.prepare(
    `DELETE FROM change WHERE rowid IN (SELECT rowid FROM change WHERE at_ms < ? LIMIT ?)
       AND NOT EXISTS (SELECT 1 FROM door WHERE door.space = change.space AND door.change_id = change.change_id)`,
  );
  return {
    add: (space: SpaceId, change: ChangeRow) => void add.run({ ...change, space, author: JSON.stringify(change.author), sinceMs: null }),
    openSince: (change: OpenChange) => void add.run({ ...change, author: JSON.stringify(change.author) }),
    list: (space: SpaceId, limit: number): ChangeRow[] =>
      list.all(space, limit).map((row) => ({ ...row, author: JSON.parse(row.author) as Author })),
    find: (space: SpaceId, changeId: string) => find.get(space, changeId),
    close: (space: SpaceId, changeId: string, until: number) => void close.run(until, space, changeId),
    prune: (olderThanMs: number, limit: number) => prune.run(olderThanMs, limit).changes,
  };
}
