import type { Dot, EntryId, Hash, Version } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import type { ConfirmedChange } from './confirmed-change.ts';
import type { RegionDatabase } from './open-database.ts';
import type { TreeKey } from './space-tree.ts';

/** Writes of versions. A version of an outstanding operation counts in no sum until the hub has it. Called inside a transaction only. */
export interface VersionRows {
  showOutstanding(tree: TreeKey, entryId: EntryId, version: Version): void;
  /** `change` null: the sums are computed later. */
  confirm(tree: TreeKey, item: { readonly entryId: EntryId; readonly version: Version }, change: ConfirmedChange | null): void;
  forget(tree: TreeKey, dot: Dot, change: ConfirmedChange): void;
  /** What a content is made of is dropped once no version names it, so that its chunks can be collected. */
  dropContent(hash: Hash): void;
}

interface Row {
  readonly entryId: EntryId;
  readonly state: string;
  readonly confirmed: number;
}

export function prepareVersionRows(database: RegionDatabase): VersionRows {
  const columns = 'INSERT INTO version (tree, dot, entry_id, content_hash, wall_ms, logical, state, confirmed)';
  const insert = database.prepare(
    `${columns} VALUES (@tree, @dot, @entryId, @contentHash, @wallMs, @logical, @state, @confirmed) ON CONFLICT DO NOTHING`,
  );
  const update = database.prepare(
    `UPDATE version SET entry_id = @entryId, content_hash = @contentHash, wall_ms = @wallMs, logical = @logical, state = @state, confirmed = @confirmed
     WHERE tree = @tree AND dot = @dot AND confirmed <= @confirmed`,
  );
  const read = database.prepare<[string, string], Row>(
    'SELECT entry_id AS entryId, state, confirmed FROM version WHERE tree = ? AND dot = ?',
  );
  const remove = database.prepare('DELETE FROM version WHERE tree = ? AND dot = ?');
  const nameContent = database.prepare('INSERT INTO content (hash, size, manifest, held) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING');
  const dropContent = database.prepare(
    'DELETE FROM content WHERE hash = ? AND NOT EXISTS (SELECT 1 FROM version WHERE version.content_hash = content.hash)',
  );
  const dropChunks = database.prepare('DELETE FROM manifest_chunk WHERE content_hash = ?');

  const put = (
    tree: TreeKey,
    { entryId, version }: { readonly entryId: EntryId; readonly version: Version },
    confirmed: number,
  ): boolean => {
    const { content, stamp } = version;
    nameContent.run(content.hash, content.size, content.manifest);
    const named = { tree, dot: dotKey(version.dot), entryId, contentHash: content.hash };
    const row = { ...named, wallMs: stamp.wallMs, logical: stamp.logical, state: JSON.stringify(version), confirmed };
    if (insert.run(row).changes === 1) return true;
    update.run(row);
    return false;
  };
  const dropUnnamed = (hash: Hash): void => {
    if (dropContent.run(hash).changes === 1) dropChunks.run(hash);
  };

  return {
    showOutstanding: (tree, entryId, version) => void put(tree, { entryId, version }, 0),
    confirm: (tree, item, change) => {
      const before = change === null ? undefined : read.get(tree, dotKey(item.version.dot));
      put(tree, item, 1);
      if (before?.confirmed === 1) change?.dropVersion(before.entryId, JSON.parse(before.state) as Version);
      change?.addVersion(item.entryId, item.version);
    },
    forget: (tree, dot, change) => {
      const row = read.get(tree, dotKey(dot));
      if (row === undefined) return;
      remove.run(tree, dotKey(dot));
      const version = JSON.parse(row.state) as Version;
      if (row.confirmed === 1) change.dropVersion(row.entryId, version);
      dropUnnamed(version.content.hash);
    },
    dropContent: dropUnnamed,
  };
}
