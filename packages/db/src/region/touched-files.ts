import type { Author, EntryId, SpaceId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';

/**
 * Which live files an author's deletes, moves and rewrites touched lately, each once; counted as they come, so that asking
 * after each commit costs nothing that grows with the window. Written inside transactions only.
 */
export interface TouchedFiles {
  note(space: SpaceId, author: string, files: readonly TouchedFile[]): void;
  count(space: SpaceId, author: string, sinceMs: number): { readonly files: number; readonly gone: number };
  /** Those whose last change still waits in the outbox, and when they touched something last. */
  unsent(space: SpaceId): readonly TouchingAuthor[];
  /** What was touched before counts no longer. */
  forgive(space: SpaceId, author: string, beforeMs: number): void;
  /** It may be forgotten, unless it was touched again later. */
  expire(space: SpaceId, author: string, file: { readonly entryId: EntryId; readonly atMs: number }): void;
}
export interface TouchedFile {
  readonly entryId: EntryId;
  readonly atMs: number;
  readonly isGone: boolean;
  /** 1; of a folder that was moved, those below it: one that was touched itself as well counts twice. */
  readonly files: number;
}

export interface TouchingAuthor extends Pick<Author, 'user' | 'device'> {
  readonly lastMs: number;
}

/** One user on one device. */
export const authorKey = ({ user, device }: Author): string => JSON.stringify([user, device]);

interface Counts {
  readonly files: number;
  readonly gone: number;
}
interface CountRow extends Counts {
  readonly floorMs: number;
}
/** Rows that were touched before the window, removed with each note. */
const expiredPerNote = 64;

export function prepareTouchedFiles(database: RegionDatabase): TouchedFiles {
  const read = database.prepare<[string, string, string], Counts>(
    'SELECT files, gone FROM touched_file WHERE space = ? AND author = ? AND entry_id = ?',
  );
  const put = database.prepare(
    `INSERT INTO touched_file (space, author, entry_id, at_ms, files, gone) VALUES (@space, @author, @entryId, @atMs, @files, @gone)
     ON CONFLICT (space, author, entry_id) DO UPDATE SET at_ms = excluded.at_ms, files = excluded.files, gone = excluded.gone`,
  );
  const add = database.prepare(
    `INSERT INTO touched_count (space, author, files, gone) VALUES (?, ?, ?, ?)
     ON CONFLICT (space, author) DO UPDATE SET files = files + excluded.files, gone = gone + excluded.gone`,
  );
  const counts = database.prepare<[string, string], CountRow>(
    'SELECT files, gone, floor_ms AS floorMs FROM touched_count WHERE space = ? AND author = ?',
  );
  const before = database.prepare<[string, string, number], Counts>(
    'SELECT coalesce(sum(files), 0) AS files, coalesce(sum(gone), 0) AS gone FROM touched_file WHERE space = ? AND author = ? AND at_ms < ?',
  );
  const unsent = database.prepare<[string], { readonly author: string; readonly lastMs: number }>(
    `SELECT author, (SELECT max(at_ms) FROM touched_file WHERE touched_file.space = of.space AND touched_file.author = of.author) AS lastMs
     FROM touched_count AS of WHERE space = ? AND lastMs IS NOT NULL AND EXISTS (
       SELECT 1 FROM outbox WHERE outbox.space = of.space AND outbox.dot = (
         SELECT dot FROM journal WHERE journal.space = of.space AND journal.author = of.author ORDER BY at_ms DESC, ordinal DESC LIMIT 1))`,
  );
  const dropBefore = database.prepare<
    [{ readonly space: string; readonly author: string; readonly beforeMs: number; readonly limit: number }],
    Counts
  >(
    `DELETE FROM touched_file WHERE space = @space AND author = @author AND entry_id IN
       (SELECT entry_id FROM touched_file WHERE space = @space AND author = @author AND at_ms < @beforeMs LIMIT @limit) RETURNING files, gone`,
  );
  const dropOne = database.prepare<[string, string, string, number], Counts>(
    'DELETE FROM touched_file WHERE space = ? AND author = ? AND entry_id = ? AND at_ms <= ? RETURNING files, gone',
  );
  const setFloor = database.prepare('UPDATE touched_count SET floor_ms = max(floor_ms, ?) WHERE space = ? AND author = ?');
  /** Where the window that was asked for last begins, by space and author. */
  const windows = new Map<string, number>();

  const dropped = (space: SpaceId, author: string, rows: readonly Counts[]): void => {
    const sum = (of: keyof Counts): number => rows.reduce((total, row) => total + row[of], 0);
    if (rows.length > 0) add.run(space, author, -sum('files'), -sum('gone'));
  };
  return {
    note: (space, author, touched) => {
      let [files, gone] = [0, 0];
      for (const { entryId, atMs, ...file } of touched) {
        const was = read.get(space, author, entryId) ?? { files: 0, gone: 0 };
        const is = { files: Math.max(was.files, file.files), gone: file.isGone ? 1 : 0 };
        put.run({ space, author, entryId, atMs, ...is });
        files += is.files - was.files;
        gone += is.gone - was.gone;
      }
      if (touched.length > 0) add.run(space, author, files, gone);
      const beforeMs = windows.get(`${space}/${author}`);
      if (beforeMs !== undefined) dropped(space, author, dropBefore.all({ space, author, beforeMs, limit: expiredPerNote }));
    },
    count: (space, author, sinceMs) => {
      const all = counts.get(space, author);
      if (all === undefined) return { files: 0, gone: 0 };
      const fromMs = Math.max(sinceMs, all.floorMs);
      windows.set(`${space}/${author}`, fromMs);
      const old = before.get(space, author, fromMs) ?? { files: 0, gone: 0 };
      return { files: all.files - old.files, gone: all.gone - old.gone };
    },
    unsent: (space) =>
      unsent.all(space).map(({ author, lastMs }) => {
        const [user, device] = JSON.parse(author) as [string, string];
        return { user, device, lastMs };
      }),
    forgive: (space, author, beforeMs) => void setFloor.run(beforeMs, space, author),
    expire: (space, author, { entryId, atMs }) => dropped(space, author, dropOne.all(space, author, entryId, atMs)),
  };
}
