import type { HubServices } from '@jzse/api/hub';
import type { RegionStore } from '@jzse/db/region';
import type { ChunkStore } from '@jzse/storage';
import type { MissingChunks } from './missing-chunks.ts';

/** What the hub knows of a path that this region does not; null: nothing. Throws when the hub is away. */
export type ResolveAtHub = HubServices['resolvePath'];

/** What the read path needs; built once, in the composition root. */
export interface ReadDeps {
  readonly store: RegionStore;
  readonly chunks: Pick<ChunkStore, 'get'>;
  readonly missing: MissingChunks;
  readonly resolveAtHub: ResolveAtHub;
}
