import { JzseError } from '@jzse/api';
import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import { hubRegion, replicaLifeMax } from '@jzse/sync';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';

export interface RegisterDeps {
  readonly store: Pick<HubStore, 'registerRegion' | 'issueReplica' | 'noteReplica' | 'heartbeat' | 'listRegions'>;
  readonly board: Pick<WakeUpBoard, 'transfersWait'>;
  readonly nowMs: () => number;
}

/** A region that starts says where it is reached. A new life of it gets a replica id that nobody had before. */
export function registerRegion({ store, board, nowMs }: RegisterDeps): HubServices['register'] {
  return async ({ region, url, replica }) => {
    if (region === hubRegion) throw new JzseError('invalid-input', `no region may be called ${hubRegion}`, { detail: { region } });
    if (!/^https?:$/.test(new URL(url).protocol)) {
      throw new JzseError('invalid-input', `${url} is no address that regions can call: give one with http or https`, {
        detail: { region },
      });
    }
    if (replica !== null && !replica.startsWith(`${region}:`)) {
      throw new JzseError('invalid-input', `replica ${replica} is not one of region ${region}`, { detail: { region, replica } });
    }
    if (replica !== null && Number(replica.split(':')[1]) > replicaLifeMax) {
      throw new JzseError('invalid-input', `no hub has issued replica ${replica}: start this region on an empty disk`, {
        detail: { region, replica },
      });
    }
    await store.registerRegion({ id: region, url }, nowMs());
    if (replica !== null) await store.noteReplica(replica);
    const answer = { replica: replica ?? (await store.issueReplica(region)) };
    board.transfersWait((reader) => reader === region);
    return answer;
  };
}

/** Refused for a region that is not registered (a hub that lost its database): it has to register again. */
export function takeHeartbeat({ store, nowMs }: RegisterDeps): HubServices['heartbeat'] {
  return async (region, capacity) => {
    await store.heartbeat(region, capacity, nowMs());
    const regions = await store.listRegions();
    if (regions.some(({ id }) => id === region)) return;
    throw new JzseError('invalid-input', `region ${region} is not registered here: register it first`, { detail: { region } });
  };
}
