import type { Author, SpaceId } from '@jzse/sync';
import type { FileCounts } from './file-counts.ts';
import type { Journal } from './journal.ts';
import type { RegionDatabase } from './open-database.ts';
import type { DoorRow, RecentChanges } from './region-store.ts';
import type { SpaceTrees } from './space-tree.ts';
import type { TouchedFiles, TouchingAuthor } from './touched-files.ts';
import { authorKey } from './touched-files.ts';

/** Which spaces nothing goes out of, and what decides that. Written inside transactions only. */
export interface Doors {
  list(): DoorRow[];
  close(door: DoorRow, sinceMs: number): void;
  open(space: SpaceId): void;
  recentChanges(space: SpaceId, author: Author, sinceMs: number): RecentChanges;
  unsentAuthors(space: SpaceId): readonly TouchingAuthor[];
  expect(space: SpaceId, untilMs: number): void;
  expectedUntilMs(space: SpaceId): number;
}

interface DoorsDeps {
  readonly journal: Journal;
  readonly touchedFiles: TouchedFiles;
  readonly trees: SpaceTrees;
  readonly fileCounts: FileCounts;
  readonly nowMs: () => number;
}
type StoredDoor = Omit<DoorRow, 'author'> & { readonly author: string };

export function prepareDoors(database: RegionDatabase, { journal, touchedFiles, trees, fileCounts, nowMs }: DoorsDeps): Doors {
  const columns = 'space, since_ms AS sinceMs, reason, author, entries, change_id AS changeId';
  const list = database.prepare<[], StoredDoor>(`SELECT ${columns} FROM door ORDER BY space`);
  const close = database.prepare(
    `INSERT INTO door (space, since_ms, reason, author, entries, change_id) VALUES (@space, @sinceMs, @reason, @author, @entries, @changeId)
     ON CONFLICT DO NOTHING`,
  );
  const open = database.prepare<[string], StoredDoor>(`DELETE FROM door WHERE space = ? RETURNING ${columns}`);
  const expect = database.prepare(
    'INSERT INTO expected_change (space, until_ms) VALUES (?, ?) ON CONFLICT (space) DO UPDATE SET until_ms = excluded.until_ms',
  );
  const expected = database.prepare<[string], number>('SELECT until_ms FROM expected_change WHERE space = ?').pluck();
  const parse = (row: StoredDoor): DoorRow => ({ ...row, author: JSON.parse(row.author) as Author });

  return {
    list: () => list.all().map(parse),
    close: (door, sinceMs) => {
      if (close.run({ ...door, author: JSON.stringify(door.author) }).changes === 0) return;
      const { space, changeId, author, entries, reason } = door;
      journal.openSince({ space, changeId, atMs: door.sinceMs, author, what: reason, entries, sinceMs });
    },
    open: (space) => {
      for (const door of open.all(space).map(parse)) {
        journal.closeSince(space, door.changeId);
        touchedFiles.forgive(space, authorKey(door.author), nowMs() + 1);
      }
    },
    recentChanges: (space, author, sinceMs) => {
      const { files, gone } = touchedFiles.count(space, authorKey(author), sinceMs);
      const total = fileCounts.of(trees.of(space).key) + gone;
      return { entries: Math.min(files, total), total };
    },
    unsentAuthors: (space) => touchedFiles.unsent(space),
    expect: (space, untilMs) => void expect.run(space, untilMs),
    expectedUntilMs: (space) => expected.get(space) ?? 0,
  };
}
