import type { SpaceId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';

/** Bytes of what is shown, of which older versions and what is deleted are no part. Answers at once. */
export interface UsedBytes {
  ofSpace(space: SpaceId): number;
  /** Of what the person wrote, in all spaces of this region. */
  ofUser(user: string): number;
}

export function prepareUsedBytes(database: RegionDatabase): UsedBytes {
  const ofSpace = database
    .prepare<[string], number | null>('SELECT sum(bytes) FROM space JOIN used_bytes ON used_bytes.tree = space.tree WHERE space.id = ?')
    .pluck();
  const ofUser = database
    .prepare<[string], number | null>(
      'SELECT sum(bytes) FROM used_bytes JOIN space ON space.tree = used_bytes.tree WHERE used_bytes.user = ?',
    )
    .pluck();
  return { ofSpace: (space) => ofSpace.get(space) ?? 0, ofUser: (user) => ofUser.get(user) ?? 0 };
}
