import type { FeedPosition, SpaceId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { TransferSource } from './region-store.ts';

/** What the hub has decided for a space, where the digests differ, and which regions there are. Written inside transactions only. */
export interface SpaceFacts {
  policy(space: SpaceId): { readonly revision: number; readonly policy: string } | null;
  setPolicy(space: SpaceId, revised: { readonly revision: number; readonly policy: string }): void;
  divergence(space: SpaceId): Divergence | null;
  noteDivergence(space: SpaceId, divergence: Divergence | null): void;
  regions(): TransferSource[];
  noteRegions(regions: readonly TransferSource[]): void;
}
interface Divergence {
  readonly since: FeedPosition;
  readonly paths: readonly string[];
}

export function prepareSpaceFacts(database: RegionDatabase): SpaceFacts {
  const policy = database.prepare<[string], { readonly revision: number; readonly policy: string }>(
    'SELECT revision, policy FROM policy WHERE space = ?',
  );
  const setPolicy = database.prepare(
    `INSERT INTO policy (space, revision, policy) VALUES (?, ?, ?)
     ON CONFLICT (space) DO UPDATE SET revision = excluded.revision, policy = excluded.policy WHERE excluded.revision >= policy.revision`,
  );
  const divergence = database.prepare<[string], FeedPosition & { readonly paths: string }>(
    'SELECT epoch, sequence, paths FROM divergence WHERE space = ?',
  );
  const setDivergence = database.prepare(
    `INSERT INTO divergence (space, epoch, sequence, paths) VALUES (?, ?, ?, ?)
     ON CONFLICT (space) DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence, paths = excluded.paths`,
  );
  const dropDivergence = database.prepare('DELETE FROM divergence WHERE space = ?');
  const regions = database.prepare<[], TransferSource>('SELECT region, url FROM known_region ORDER BY region');
  const dropRegions = database.prepare('DELETE FROM known_region');
  const addRegion = database.prepare(
    'INSERT INTO known_region (region, url) VALUES (?, ?) ON CONFLICT (region) DO UPDATE SET url = excluded.url',
  );

  return {
    policy: (space) => policy.get(space) ?? null,
    setPolicy: (space, revised) => void setPolicy.run(space, revised.revision, revised.policy),
    divergence: (space) => {
      const row = divergence.get(space);
      if (row === undefined) return null;
      return { since: { epoch: row.epoch, sequence: row.sequence }, paths: JSON.parse(row.paths) as string[] };
    },
    noteDivergence: (space, noted) => {
      if (noted === null) dropDivergence.run(space);
      else setDivergence.run(space, noted.since.epoch, noted.since.sequence, JSON.stringify(noted.paths));
    },
    regions: () => regions.all(),
    noteRegions: (known) => {
      dropRegions.run();
      for (const { region, url } of known) addRegion.run(region, url);
    },
  };
}
