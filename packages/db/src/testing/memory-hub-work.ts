import type { Content, Hash, RegionId, SpaceId } from '@jzse/sync';
import { comparePositions, dotKey, replicaId, replicaLifeMax } from '@jzse/sync';
import type { HubStore } from '../hub/hub-store.ts';
import { transferPriority } from '../hub/hub-store.ts';
import type { TransferSource } from '../region/region-store.ts';
import type { KeptMerge, MemoryHubState } from './memory-hub-state.ts';
import { compareBytes, spaceOf } from './memory-hub-state.ts';

/** A transfer that failed is given out again after this, doubled with each failure, as in the database's store. */
const retryAfterMs = 500;
const retryAfterMsMax = 3_000;

/** Further ahead than anything is put off: a clock was wrong then. */
const isAhead = (ms: number, nowMs: number, aheadMsMax: number): boolean => ms > nowMs && ms <= nowMs + aheadMsMax;

export const holdingKey = (space: SpaceId, hash: Hash): string => `${space}/${hash}`;
/** The same as the transfer's id. */
export const transferKey = (region: RegionId, space: SpaceId, hash: Hash): string => `${region}/${space}/${hash}`;

/** Transfers of every content that the region lacks. */
export function planBackFill(state: MemoryHubState, region: RegionId, atMs: number): void {
  const known = state.regions.get(region);
  if (known === undefined) return;
  state.regions.set(region, { ...known, isBackFilled: true });
  for (const [space, { contents }] of state.spaces) {
    for (const { hash } of contents.values()) {
      const key = transferKey(region, space, hash);
      if (state.holdings.get(holdingKey(space, hash))?.has(region) === true || state.transfers.has(key)) continue;
      state.transfers.set(key, { region, space, hash, priority: transferPriority.bulk, dueMs: atMs, leaseUntilMs: 0, failures: 0 });
    }
  }
}

type Registry = Pick<HubStore, 'registerRegion' | 'issueReplica' | 'noteReplica' | 'heartbeat' | 'listRegions' | 'noteClockSkew'>;

const regionOf = (replica: string): string => replica.split(':')[0] ?? '';
const lifeOf = (replica: string): number => Number(replica.split(':')[1]);

export function memoryRegistry(state: MemoryHubState, nowMs: () => number, firstLife: (nowMs: number) => number): Registry {
  return {
    registerRegion: async ({ id, url }, atMs) => {
      const known = state.regions.get(id);
      const fresh = { registeredAtMs: atMs, capacity: null, clockSkewMs: null, isBackFilled: false };
      state.regions.set(id, { ...(known ?? fresh), url, seenMs: atMs });
      if (known?.isBackFilled !== true) planBackFill(state, id, atMs);
    },
    issueReplica: async (region) => {
      const inLogs = [...state.spaces.values()].flatMap(({ acknowledged }) => [...acknowledged.keys()]);
      const known = inLogs
        .filter((replica) => regionOf(replica) === region)
        .map(lifeOf)
        .filter((life) => life <= replicaLifeMax);
      const life = Math.max(firstLife(nowMs()), 1 + Math.max(state.lives.get(region) ?? 0, ...known));
      state.lives.set(region, life);
      if (life > 1) {
        for (const holders of state.holdings.values()) holders.delete(region);
        planBackFill(state, region, nowMs());
      }
      return replicaId(region, life);
    },
    noteReplica: async (replica) => {
      const region = regionOf(replica);
      state.lives.set(region, Math.max(state.lives.get(region) ?? 0, lifeOf(replica)));
    },
    heartbeat: async (id, capacity, atMs) => {
      const known = state.regions.get(id);
      if (known !== undefined) state.regions.set(id, { ...known, capacity, seenMs: atMs });
    },
    listRegions: async () =>
      [...state.regions]
        .sort(([left], [right]) => compareBytes(left, right))
        .map(([id, { url, registeredAtMs, seenMs, capacity, clockSkewMs }]) => {
          return { id, url, registeredAtMs, lastSeenAtMs: seenMs, capacity, clockSkewMs };
        }),
    noteClockSkew: async (id, skewMs) => {
      const known = state.regions.get(id);
      if (known !== undefined) state.regions.set(id, { ...known, clockSkewMs: skewMs });
    },
  };
}

type Transfers = Pick<
  HubStore,
  'recordHoldings' | 'holders' | 'leaseTransfers' | 'settleTransfers' | 'prioritise' | 'releaseTransfers' | 'pendingTransfers'
>;

export function memoryTransfers(state: MemoryHubState): Transfers {
  const holdersOf = (space: SpaceId, hash: Hash): TransferSource[] => {
    const holding = state.holdings.get(holdingKey(space, hash));
    const regions = [...state.regions].sort(([a, left], [b, right]) => right.seenMs - left.seenMs || compareBytes(a, b));
    return regions.filter(([id]) => holding?.has(id)).map(([region, { url }]) => ({ region, url }));
  };
  const hold = (region: RegionId, space: SpaceId, hash: Hash): void => {
    const key = holdingKey(space, hash);
    state.holdings.set(key, (state.holdings.get(key) ?? new Set()).add(region));
    state.transfers.delete(transferKey(region, space, hash));
  };
  const contentOf = (space: SpaceId, hash: Hash): Content | undefined => state.spaces.get(space)?.contents.get(hash);
  return {
    recordHoldings: async (region, held) => {
      for (const { space, hash } of held) hold(region, space, hash);
    },
    holders: async (space, hash) => holdersOf(space, hash),
    leaseTransfers: async (region, { limit, leaseMs, nowMs }) => {
      const due = [...state.transfers]
        .filter(
          ([, { region: of, dueMs, leaseUntilMs }]) =>
            of === region && !isAhead(dueMs, nowMs, retryAfterMsMax) && !isAhead(leaseUntilMs, nowMs, leaseMs),
        )
        .sort(([, left], [, right]) => left.priority - right.priority || left.dueMs - right.dueMs)
        .slice(0, limit);
      return due.flatMap(([transferId, item]) => {
        const { space, priority } = item;
        const content = contentOf(space, item.hash);
        if (content === undefined) return [];
        const leaseUntilMs = nowMs + leaseMs;
        state.transfers.set(transferId, { ...item, leaseUntilMs });
        const sources = holdersOf(space, item.hash).filter((source) => source.region !== region);
        return [{ transferId, space, content, priority, sources, leaseUntilMs }];
      });
    },
    settleTransfers: async (region, { done, failed }, nowMs) => {
      for (const id of done) {
        const item = state.transfers.get(id);
        if (item?.region === region) hold(region, item.space, item.hash);
      }
      for (const id of failed) {
        const item = state.transfers.get(id);
        if (item?.region !== region) continue;
        const dueMs = nowMs + Math.min(retryAfterMsMax, retryAfterMs * 2 ** item.failures);
        state.transfers.set(id, { ...item, leaseUntilMs: 0, dueMs, failures: Math.min(20, item.failures + 1) });
      }
    },
    prioritise: async (...[region, space, hash, nowMs]) => {
      if (!state.regions.has(region) || contentOf(space, hash) === undefined) return;
      const key = transferKey(region, space, hash);
      const known = state.transfers.get(key) ?? { region, space, hash, dueMs: nowMs, failures: 0 };
      state.transfers.set(key, { ...known, priority: transferPriority.waiting, dueMs: Math.min(known.dueMs, nowMs), leaseUntilMs: 0 });
    },
    releaseTransfers: async (region) => {
      for (const [id, item] of state.transfers) if (item.region === region) state.transfers.set(id, { ...item, leaseUntilMs: 0 });
    },
    pendingTransfers: async () => {
      const pending = Object.fromEntries([...state.regions.keys()].map((region) => [region, 0]));
      for (const { region } of state.transfers.values()) pending[region] = (pending[region] ?? 0) + 1;
      return pending;
    },
  };
}

type Merges = Pick<HubStore, 'listConflicts' | 'planMerges' | 'leaseMerges' | 'settleMerges' | 'mergeStates'>;

export function memoryMerges(state: MemoryHubState): Merges {
  const leased = (taskId: string): KeptMerge | null => {
    const task = state.merges.get(taskId);
    return task === undefined || task.leaseUntilMs === 0 ? null : task;
  };
  return {
    listConflicts: async (space, { after, limit }) => {
      const found = [...spaceOf(state, space).entries.values()]
        .map(({ entry }) => entry)
        .filter(({ id, deleted, heads }) => deleted === null && heads.length > 1 && compareBytes(id, after ?? '') > 0)
        .sort((left, right) => compareBytes(left.id, right.id));
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    planMerges: async (tasks) => {
      for (const { space, entryId, heads } of tasks) {
        const sorted = [...heads].sort((left, right) => compareBytes(dotKey(left), dotKey(right)));
        const known = state.merges.get(`${space}/${entryId}`);
        if (known?.heads.map(dotKey).join() === sorted.map(dotKey).join()) continue;
        const { versions } = spaceOf(state, space);
        const hashes = sorted.flatMap((dot) => versions.get(dotKey(dot))?.version.content.hash ?? []);
        state.merges.set(`${space}/${entryId}`, { space, entryId, heads: sorted, hashes, leaseUntilMs: 0, failure: null });
      }
    },
    leaseMerges: async (region, { limit, leaseMs, nowMs }) => {
      const isHeld = (space: SpaceId, hash: Hash): boolean => state.holdings.get(holdingKey(space, hash))?.has(region) === true;
      const free = [...state.merges].filter(([, { failure, leaseUntilMs, space, hashes }]) => {
        return failure === null && !isAhead(leaseUntilMs, nowMs, leaseMs) && hashes.every((hash) => isHeld(space, hash));
      });
      return free.slice(0, limit).map(([taskId, task]) => {
        const { space, entryId, heads } = task;
        const leaseUntilMs = nowMs + leaseMs;
        state.merges.set(taskId, { ...task, leaseUntilMs });
        return { taskId, space, entryId, heads, leaseUntilMs };
      });
    },
    settleMerges: async ({ done, failed }) => {
      for (const taskId of done) if (leased(taskId) !== null) state.merges.delete(taskId);
      for (const { taskId, reason } of failed) {
        const task = leased(taskId);
        if (task !== null) state.merges.set(taskId, { ...task, failure: reason, leaseUntilMs: 0 });
      }
    },
    mergeStates: async (space, entries) =>
      [...entries].sort(compareBytes).flatMap((entryId) => {
        const task = state.merges.get(`${space}/${entryId}`);
        return task === undefined ? [] : [{ entryId, state: task.failure === null ? 'waiting' : 'failed', reason: task.failure } as const];
      }),
  };
}

type Words = Pick<HubStore, 'policy' | 'setPolicy' | 'policies' | 'raiseEvents' | 'readEvents'>;

/** What the hub tells: policies and events. */
export function memoryWords(state: MemoryHubState): Words {
  const noPolicy = { revision: 0, policy: '{}' };
  return {
    policy: async (space) => spaceOf(state, space).policy ?? noPolicy,
    policies: async () =>
      [...state.spaces]
        .sort(([left], [right]) => compareBytes(left, right))
        .map(([space, { policy }]) => ({ space, ...(policy ?? noPolicy) })),
    setPolicy: async (space, policy) => {
      const known = spaceOf(state, space);
      for (const [taskId, task] of state.merges) if (task.space === space && task.failure !== null) state.merges.delete(taskId);
      known.policy = { revision: (known.policy?.revision ?? 0) + 1, policy };
      return known.policy.revision;
    },
    raiseEvents: async (events) => {
      for (const event of events) state.events.push({ ...event, sequence: ++state.eventSequence });
    },
    readEvents: async ({ after, limit, types }) =>
      state.events.filter(({ sequence, type }) => sequence > after && (types === null || types.includes(type))).slice(0, limit),
  };
}

type Progress = Pick<HubStore, 'noteProgress' | 'progressAt' | 'progress' | 'pruneProgress'>;

export function memoryProgress(state: MemoryHubState): Progress {
  const stepsOf = (space: SpaceId, region: RegionId) => state.progress.filter((step) => step.space === space && step.region === region);
  return {
    noteProgress: async (steps) => {
      for (const step of steps) {
        const last = stepsOf(step.space, step.region).findLast(({ atMs }) => atMs <= step.atMs);
        const isSameTime = last?.atMs === step.atMs;
        const order = last === undefined ? -1 : comparePositions(last.position, step.position);
        if (order === 0 || (isSameTime && order > 0)) continue;
        const others = isSameTime ? state.progress.filter((known) => known !== last) : state.progress;
        state.progress = [...others, step].sort((left, right) => left.atMs - right.atMs);
      }
    },
    progressAt: async (region, space, atMs) => stepsOf(space, region).findLast((step) => step.atMs <= atMs)?.position ?? null,
    progress: async (space) => [...state.regions.keys()].sort(compareBytes).flatMap((region) => stepsOf(space, region).at(-1) ?? []),
    pruneProgress: async (olderThanMs, limit) => {
      const gone = state.progress.filter(({ space, region, atMs }) =>
        stepsOf(space, region).some((next) => next.atMs > atMs && next.atMs <= olderThanMs),
      );
      const pruned = new Set(gone.slice(0, limit));
      state.progress = state.progress.filter((step) => !pruned.has(step));
      return pruned.size;
    },
  };
}
