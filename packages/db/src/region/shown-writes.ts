import type { Effect, Entry, EntryId, SpaceId, Version } from '@jzse/sync';
import { dotKey, nameKey } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { TouchedFolders } from './shown-folders.ts';

/**
 * Writes of effects. Outstanding ones keep the confirmed state aside, so that they can be taken back;
 * confirmed ones replace. Called inside a transaction only.
 */
export interface ShownWrites {
  applyOutstanding(space: SpaceId, effects: readonly Effect[], ordinal: number): void;
  applyConfirmed(space: SpaceId, effects: readonly Effect[]): void;
  /** Takes back what outstanding operations changed; `upTo` limits it to what no operation after that outbox row changed. */
  takeBack(space: SpaceId, upTo: number): EntryId[];
  /** The last outbox row that put something under this name, or null. */
  outstandingNameOrdinal(space: SpaceId, parentId: EntryId, name: string): number | null;
  /** The last outbox row that changed the entry, or null if what is shown is confirmed. */
  outstandingOrdinal(space: SpaceId, id: EntryId): number | null;
}

export function prepareShownWrites(database: RegionDatabase, touched: TouchedFolders): ShownWrites {
  const parentOf = database.prepare<[string, string], EntryId>('SELECT parent_id FROM entry WHERE space = ? AND id = ?').pluck();
  const upsertEntry = database.prepare(
    `INSERT INTO entry (space, id, parent_id, name_key, live, state) VALUES (@space, @id, @parentId, @nameKey, @live, @state)
     ON CONFLICT (space, id) DO UPDATE SET parent_id = excluded.parent_id, name_key = excluded.name_key, live = excluded.live, state = excluded.state`,
  );
  const deleteEntry = database.prepare('DELETE FROM entry WHERE space = ? AND id = ?');
  const keepConfirmed = database.prepare(
    `INSERT INTO confirmed (space, id, state, last_ordinal) VALUES (@space, @id, (SELECT state FROM entry WHERE space = @space AND id = @id), @ordinal)
     ON CONFLICT (space, id) DO UPDATE SET last_ordinal = excluded.last_ordinal`,
  );
  const dropConfirmed = database.prepare('DELETE FROM confirmed WHERE space = ? AND id = ?');
  const confirmedUpTo = database.prepare<[string, number], { readonly id: EntryId; readonly state: string | null }>(
    'SELECT id, state FROM confirmed WHERE space = ? AND last_ordinal <= ?',
  );
  const ordinalOf = database.prepare<[string, string], number>('SELECT last_ordinal FROM confirmed WHERE space = ? AND id = ?').pluck();
  const takeName = database.prepare(
    `INSERT INTO outstanding_name (space, parent_id, name_key, last_ordinal) VALUES (?, ?, ?, ?)
     ON CONFLICT (space, parent_id, name_key) DO UPDATE SET last_ordinal = excluded.last_ordinal`,
  );
  const dropNames = database.prepare('DELETE FROM outstanding_name WHERE space = ? AND last_ordinal <= ?');
  const nameOrdinal = database
    .prepare<[string, string, string], number>(
      'SELECT last_ordinal FROM outstanding_name WHERE space = ? AND parent_id = ? AND name_key = ?',
    )
    .pluck();
  const outstandingAlias = database.prepare(
    'INSERT INTO alias (space, from_id, to_id, outstanding) VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING',
  );
  const confirmAlias = database.prepare(
    `INSERT INTO alias (space, from_id, to_id, outstanding) VALUES (?, ?, ?, 0)
     ON CONFLICT (space, from_id) DO UPDATE SET to_id = excluded.to_id, outstanding = 0`,
  );
  const dropOutstandingAliases = database.prepare('DELETE FROM alias WHERE space = ? AND outstanding = 1');
  const upsertVersion = database.prepare(
    `INSERT INTO version (space, dot, entry_id, content_hash, wall_ms, logical, state) VALUES (@space, @dot, @entryId, @contentHash, @wallMs, @logical, @state)
     ON CONFLICT (space, dot) DO UPDATE SET entry_id = excluded.entry_id, wall_ms = excluded.wall_ms, logical = excluded.logical, state = excluded.state`,
  );
  const nameContent = database.prepare('INSERT INTO content (hash, size, manifest, held) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING');

  const putEntry = (space: SpaceId, entry: Entry): void => {
    const live = entry.deleted === null ? 1 : 0;
    touched.touch(space, parentOf.get(space, entry.id) ?? null);
    touched.touch(space, entry.parentId);
    upsertEntry.run({ space, id: entry.id, parentId: entry.parentId, nameKey: nameKey(entry.name), live, state: JSON.stringify(entry) });
  };
  const putVersion = (space: SpaceId, entryId: EntryId, version: Version): void => {
    const { content, stamp } = version;
    nameContent.run(content.hash, content.size, content.manifest);
    const row = { space, dot: dotKey(version.dot), entryId, contentHash: content.hash, wallMs: stamp.wallMs, logical: stamp.logical };
    upsertVersion.run({ ...row, state: JSON.stringify(version) });
  };

  return {
    applyOutstanding: (space, effects, ordinal) => {
      for (const effect of effects) {
        if (effect.type === 'entry') {
          keepConfirmed.run({ space, id: effect.entry.id, ordinal });
          putEntry(space, effect.entry);
          const { parentId, name } = effect.entry;
          if (parentId !== null) takeName.run(space, parentId, nameKey(name), ordinal);
        } else if (effect.type === 'alias') outstandingAlias.run(space, effect.from, effect.to);
        else if (effect.type === 'version') putVersion(space, effect.entryId, effect.version);
      }
    },
    applyConfirmed: (space, effects) => {
      for (const effect of effects) {
        if (effect.type === 'entry') {
          dropConfirmed.run(space, effect.entry.id);
          putEntry(space, effect.entry);
        } else if (effect.type === 'alias') confirmAlias.run(space, effect.from, effect.to);
        else if (effect.type === 'version') putVersion(space, effect.entryId, effect.version);
      }
    },
    takeBack: (space, upTo) => {
      const rows = confirmedUpTo.all(space, upTo);
      for (const { id, state } of rows) {
        if (state === null) {
          touched.touch(space, parentOf.get(space, id) ?? null);
          deleteEntry.run(space, id);
        } else putEntry(space, JSON.parse(state) as Entry);
        dropConfirmed.run(space, id);
      }
      dropNames.run(space, upTo);
      if (upTo === Number.MAX_SAFE_INTEGER) dropOutstandingAliases.run(space);
      return rows.map((row) => row.id);
    },
    outstandingNameOrdinal: (space, parentId, name) => nameOrdinal.get(space, parentId, nameKey(name)) ?? null,
    outstandingOrdinal: (space, id) => ordinalOf.get(space, id) ?? null,
  };
}
