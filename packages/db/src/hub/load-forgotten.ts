import type { EntryId, SpaceId, Version } from '@jzse/sync';
import type { AppliedBatch, NewVersion } from './apply-batch.ts';
import type { HubDatabase } from './open-database.ts';

/** What stands before a batch of that which the batch forgets: aliases that lead to entries, and versions. */
export interface Forgotten {
  readonly aliases: readonly { readonly from: EntryId; readonly to: EntryId }[];
  readonly versions: readonly NewVersion[];
}

const nothing: Forgotten = { aliases: [], versions: [] };

/** Nothing is asked where nothing is forgotten. */
export async function loadForgotten(database: HubDatabase, space: SpaceId, { forgotten }: AppliedBatch): Promise<Forgotten> {
  if (forgotten.entries.size === 0 && forgotten.versions.size === 0) return nothing;
  const [aliases, versions] = await Promise.all([
    database<{ readonly from: EntryId; readonly to: EntryId }[]>`
      SELECT found.from_id AS from, gone.id AS to FROM unnest(${[...forgotten.entries]}::text[]) AS gone(id)
      CROSS JOIN LATERAL (SELECT from_id FROM alias WHERE space = ${space} AND to_id = gone.id OFFSET 0) found`,
    database<{ readonly entryId: EntryId; readonly state: string }[]>`
      SELECT found.entry_id AS "entryId", found.state FROM unnest(${[...forgotten.versions]}::text[]) AS gone(dot)
      CROSS JOIN LATERAL (SELECT entry_id, state FROM version WHERE space = ${space} AND version.dot = gone.dot OFFSET 0) found`,
  ]);
  return {
    aliases: aliases.map(({ from, to }) => ({ from, to })),
    versions: versions.map(({ entryId, state }) => ({ entryId, version: JSON.parse(state) as Version })),
  };
}
