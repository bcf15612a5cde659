import type { Hash, SpaceId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';

/** Which chunks are of a space: those of the contents that its versions name. Answers at once. */
export interface ChunkSpaces {
  has(space: SpaceId, chunk: Hash): boolean;
}

export function prepareChunkSpaces(database: RegionDatabase): ChunkSpaces {
  const find = (contents: string) =>
    database
      .prepare<[{ readonly space: string; readonly chunk: string }], number>(
        `SELECT 1 FROM version INDEXED BY version_by_content WHERE content_hash ${contents}
         AND EXISTS (SELECT 1 FROM tree WHERE tree.key = version.tree AND tree.space = @space) LIMIT 1`,
      )
      .pluck();
  // A content of one chunk is that chunk; a list of chunks is one too.
  const finds = [
    find('= @chunk'),
    find('IN (SELECT content_hash FROM manifest_chunk WHERE chunk_hash = @chunk)'),
    find('IN (SELECT hash FROM content WHERE manifest = @chunk)'),
  ];
  return { has: (space, chunk) => finds.some((statement) => statement.get({ space, chunk }) !== undefined) };
}
