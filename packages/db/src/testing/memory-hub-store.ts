import type { HubStore } from '../hub/hub-store.ts';
import { createTurns } from '../hub/in-turn.ts';
import { memoryIntegrate } from './memory-hub-integrate.ts';
import { memoryLog } from './memory-hub-log.ts';
import { memoryPast, memoryReads } from './memory-hub-reads.ts';
import { memorySeed } from './memory-hub-seed.ts';
import type { MemoryHubState } from './memory-hub-state.ts';
import { copyMemoryHubState, createMemoryHubState, createSpaceState } from './memory-hub-state.ts';
import { memoryMerges, memoryProgress, memoryRegistry, memoryTransfers, memoryWords } from './memory-hub-work.ts';

export interface MemoryHubStore extends HubStore {
  /** A copy as of now: a backup, or a hub that lags behind once this one goes on. */
  clone(): MemoryHubStore;
}
export interface MemoryHubOptions {
  readonly nowMs?: () => number;
  readonly firstEpoch?: (nowMs: number) => number;
  readonly firstLife?: (nowMs: number) => number;
}

/** A hub store for tests and simulation, held to the same contract and built on the same rules; every call is one transaction. */
export const openMemoryHubStore = (options: MemoryHubOptions = {}): MemoryHubStore => openOn(createMemoryHubState(), options);

function openOn(state: MemoryHubState, options: MemoryHubOptions): MemoryHubStore {
  const { nowMs = Date.now, firstEpoch = () => 0, firstLife = () => 1 } = options;
  const { inTurn } = createTurns<never>();
  const integrate = memoryIntegrate(state);
  return {
    ...memoryReads(state),
    ...memoryLog(state, firstEpoch),
    ...memoryRegistry(state, nowMs, firstLife),
    ...memoryTransfers(state),
    ...memoryPast(state),
    ...memoryProgress(state),
    ...memoryWords(state),
    ...memoryMerges(state),
    ...memorySeed(state, firstEpoch),
    integrate: (push) => inTurn(push.space, () => integrate(push)),
    createSpace: async (space) => {
      if (!state.spaces.has(space)) state.spaces.set(space, createSpaceState(firstEpoch(nowMs())));
    },
    close: async () => {},
    clone: () => openOn(copyMemoryHubState(state), options),
  };
}
