import type { ChunkHashAndSize, Content, Hash, SpaceId, Version } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { ContentWithChunks } from './region-store.ts';

/** Which contents are known, of which chunks they are, and which are held here. */
export interface Contents {
  isHeld(hash: Hash): boolean;
  chunksOf(content: Content): ChunkHashAndSize[] | null;
  /** Inside a transaction: of which chunks it is, so that collection leaves those that have come. */
  list(content: ContentWithChunks): void;
  /** Inside a transaction: all its chunks are here. */
  hold(content: ContentWithChunks): void;
  /** Inside a transaction: `hold`, and the hub is to be told. */
  holdAndReport(space: SpaceId, content: ContentWithChunks): void;
  unreported(limit: number): { readonly space: SpaceId; readonly hash: Hash }[];
  reported(items: readonly { readonly space: SpaceId; readonly hash: Hash }[]): void;
  /** Contents that need this chunk are held no longer; answers those that a version names, each with a space that has it. */
  forgetWith(chunk: Hash): { readonly space: SpaceId; readonly content: Content }[];
  /** Looks at the next contents that a version names, in the order of hashes, and answers those that are not held. */
  unheld(step: UnheldStep): Unheld;
  /** Sum of the sizes of what is held. */
  heldBytes(): number;
}

/** At most `limit` contents after `after` are looked at; from the first without it. */
export interface UnheldStep {
  readonly after: Hash | null;
  readonly limit: number;
}
export interface Unheld {
  readonly items: readonly { readonly space: SpaceId; readonly content: Content }[];
  /** Where the next step goes on; null at the end. */
  readonly next: Hash | null;
}

export function prepareContents(database: RegionDatabase): Contents {
  const held = database.prepare<[string], number>('SELECT held FROM content WHERE hash = ?').pluck();
  const chunks = database.prepare<[string], ChunkHashAndSize>(
    'SELECT chunk_hash AS hash, size FROM manifest_chunk WHERE content_hash = ? ORDER BY ordinal',
  );
  const hold = database.prepare(
    'INSERT INTO content (hash, size, manifest, held) VALUES (?, ?, ?, 1) ON CONFLICT (hash) DO UPDATE SET held = 1, manifest = excluded.manifest',
  );
  const addChunk = database.prepare(
    'INSERT INTO manifest_chunk (content_hash, ordinal, chunk_hash, size) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const hasChunks = database.prepare<[string], number>('SELECT 1 FROM manifest_chunk WHERE content_hash = ? LIMIT 1').pluck();
  const report = database.prepare('INSERT INTO holding_outbox (space, hash) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const unreported = database.prepare<[number], { readonly space: SpaceId; readonly hash: Hash }>(
    'SELECT space, hash FROM holding_outbox LIMIT ?',
  );
  const reported = database.prepare('DELETE FROM holding_outbox WHERE space = ? AND hash = ?');
  const forget = database.prepare<{ readonly chunk: string }, Content>(
    `UPDATE content SET held = 0 WHERE hash = @chunk OR manifest = @chunk
     OR hash IN (SELECT content_hash FROM manifest_chunk WHERE chunk_hash = @chunk) RETURNING hash, size, manifest`,
  );

  const spaceOf = database
    .prepare<[string], SpaceId>(
      'SELECT tree.space FROM version JOIN tree ON tree.key = version.tree WHERE version.content_hash = ? LIMIT 1',
    )
    .pluck();
  const named = database
    .prepare<[string, number], Hash>(
      'SELECT content_hash FROM version WHERE content_hash > ? GROUP BY content_hash ORDER BY content_hash LIMIT ?',
    )
    .pluck();
  const naming = database.prepare<[string], { readonly space: SpaceId; readonly state: string }>(
    'SELECT tree.space, version.state FROM version JOIN tree ON tree.key = version.tree WHERE version.content_hash = ? LIMIT 1',
  );
  const heldBytes = database.prepare<[], number>('SELECT bytes FROM held_bytes WHERE one = 1').pluck();

  const listChunks = ({ content, chunks: list }: ContentWithChunks): void => {
    // Another manifest of the same bytes may have come first; its chunk list stays, and reads go by it.
    if (list.length < 2 || hasChunks.get(content.hash) !== undefined) return;
    list.forEach((chunk, ordinal) => void addChunk.run(content.hash, ordinal, chunk.hash, chunk.size));
  };
  const holdContent = (item: ContentWithChunks): void => {
    hold.run(item.content.hash, item.content.size, item.content.manifest);
    listChunks(item);
  };

  return {
    isHeld: (hash) => held.get(hash) === 1,
    chunksOf: (content) => {
      if (content.size === 0) return [];
      if (content.manifest === null) return [{ hash: content.hash, size: content.size }];
      const list = chunks.all(content.hash);
      return list.length === 0 ? null : list;
    },
    list: listChunks,
    hold: holdContent,
    holdAndReport: (space, content) => {
      holdContent(content);
      report.run(space, content.content.hash);
    },
    unreported: (limit) => unreported.all(limit),
    reported: (items) => {
      for (const { space, hash } of items) reported.run(space, hash);
    },
    forgetWith: (chunk) =>
      forget.all({ chunk }).flatMap((content) => {
        const space = spaceOf.get(content.hash);
        return space === undefined ? [] : [{ space, content }];
      }),
    unheld: ({ after, limit }) => {
      const looked = named.all(after ?? '', limit);
      const items = looked
        .filter((hash) => held.get(hash) !== 1)
        .flatMap((hash) => {
          const row = naming.get(hash);
          return row === undefined ? [] : [{ space: row.space, content: (JSON.parse(row.state) as Version).content }];
        });
      return { items, next: looked.length < limit ? null : (looked.at(-1) ?? null) };
    },
    heldBytes: () => heldBytes.get() ?? 0,
  };
}
