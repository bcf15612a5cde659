import type { HubStore } from '@jzse/db/hub';
import type { HubPort } from '../../../apps/edge-node/src/replicate/hub-port.ts';
import type { RemoteChunkReader } from '../../../apps/edge-node/src/replicate/read-remote-chunks.ts';
import type { OpenRegionStore } from '../../../packages/db/src/region/open-region-store.ts';
import type { MemoryHubStore } from '../../../packages/db/src/testing/memory-hub-store.ts';
import type { Life, SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';
import { hubOverNetwork } from './hub-over-network.ts';
import { createSimHub, type SimHub, space } from './sim-hub.ts';
import { createSimRegion, type SimRegion } from './sim-region.ts';

export interface SimCluster {
  readonly hub: SimHub;
  readonly regions: readonly SimRegion[];
  readonly nodes: readonly SimNode[];
  start(): Promise<void>;
  end(): void;
}
export interface ClusterOptions {
  readonly world: World;
  readonly regions: number;
  /** What looks on, and faults. */
  readonly aroundHub: (store: HubStore, database: MemoryHubStore) => HubStore;
  readonly aroundRegion: (store: OpenRegionStore, region: SimRegion) => OpenRegionStore;
  readonly aroundPort: (port: HubPort) => HubPort;
  readonly flushLateMs: number;
}

const readTimeoutMs = 10_000;

/** A hub and regions on machines of their own. */
export function createSimCluster(options: ClusterOptions): SimCluster {
  const { world } = options;
  const hub = createSimHub({ world, around: options.aroundHub });
  const readRemote =
    (life: Life): RemoteChunkReader =>
    ({ url, hashes }) =>
      readOver(world, { from: life, to: regions.find((region) => region.url === url), hashes });
  const regions: SimRegion[] = Array.from({ length: options.regions }, (_, at) =>
    createSimRegion({
      world,
      name: `r${at}`,
      hubPort: (life) => options.aroundPort(hubOverNetwork(world, hub, life)),
      readRemote,
      around: options.aroundRegion,
      flushLateMs: options.flushLateMs,
    }),
  );
  return {
    hub,
    regions,
    nodes: [hub.node, ...regions.map(({ node }) => node)],
    start: async () => {
      await hub.start();
      await Promise.all(regions.map((region) => region.start()));
    },
    end: () => {
      hub.kill();
      for (const region of regions) region.end();
    },
  };
}

type RemoteRead = { readonly from: Life; readonly to: SimRegion | undefined; readonly hashes: Parameters<RemoteChunkReader>[0]['hashes'] };

async function* readOver(world: World, { from, to, hashes }: RemoteRead): ReturnType<RemoteChunkReader> {
  if (to === undefined) throw new Error('there is no such region');
  const serve = async () => {
    const running = to.running;
    if (running === null || !(await running.store.listSpaces()).includes(space)) throw new Error(`${to.id} does not serve`);
    return Promise.all(hashes.map(async (hash) => ({ hash, bytes: await running.read.chunks.get(hash) })));
  };
  yield await world.network.call({ from, to: to.node, timeoutMs: readTimeoutMs, serve });
}
