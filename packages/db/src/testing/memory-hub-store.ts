import type { HubStore } from '../hub/hub-store.ts';
import { createInTurn } from '../hub/in-turn.ts';
import { integrateInMemory } from './memory-hub-integrate.ts';
import { memoryLog, memorySeed } from './memory-hub-log.ts';
import { memoryForgettable, memoryPast, memoryReads } from './memory-hub-reads.ts';
import type { HubState } from './memory-hub-state.ts';
import { emptyHub, emptySpace } from './memory-hub-state.ts';
import { memoryMerges, memoryProgress, memoryRegistry, memoryTransfers, memoryWords } from './memory-hub-work.ts';

export interface MemoryHubStore extends HubStore {
  /** A copy as of now: a backup, or a hub that lags behind once this one goes on. */
  clone(): MemoryHubStore;
}
export interface MemoryHubOptions {
  readonly nowMs?: () => number;
  readonly firstEpoch?: (nowMs: number) => number;
}

/** A hub store for tests and simulation, held to the same contract and built on the same rules; every call is one transaction. */
export const openMemoryHubStore = (options: MemoryHubOptions = {}): MemoryHubStore => openOn(emptyHub(), options);

function openOn(hub: HubState, options: MemoryHubOptions): MemoryHubStore {
  const { nowMs = Date.now, firstEpoch = () => 0 } = options;
  const inTurn = createInTurn();
  const seed = memorySeed(hub, firstEpoch);
  return {
    ...memoryReads(hub),
    ...memoryLog(hub, firstEpoch),
    ...memoryRegistry(hub, nowMs),
    ...memoryTransfers(hub),
    ...memoryPast(hub),
    ...memoryProgress(hub),
    ...memoryForgettable(hub),
    ...memoryWords(hub),
    ...memoryMerges(hub),
    ...seed,
    integrate: (push) => inTurn(push.space, () => integrateInMemory(hub, push)),
    sealSeed: (space, sealed) => inTurn(space, () => seed.sealSeed(space, sealed)),
    createSpace: async (space) => {
      if (!hub.spaces.has(space)) hub.spaces.set(space, emptySpace(firstEpoch(nowMs()), nowMs()));
    },
    close: async () => {},
    clone: () => openOn(structuredClone(hub), options),
  };
}
