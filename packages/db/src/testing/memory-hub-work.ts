import type { Hash, RegionId, SpaceId } from '@jzse/sync';
import { comparePositions, dotKey, replicaId } from '@jzse/sync';
import type { HubStore } from '../hub/hub-store.ts';
import { transferPriority } from '../hub/hub-store.ts';
import { doublingsMax, ownTransfers, retryAfterMs, retryAfterMsMax, transferId } from '../hub/transfers.ts';
import type { TransferSource } from '../region/region-store.ts';
import { planTransfers } from './memory-hub-integrate.ts';
import type { HubState, MergeState, TransferState } from './memory-hub-state.ts';
import { pageOf, spaceOf } from './memory-hub-state.ts';

type Registry = Pick<HubStore, 'registerRegion' | 'issueReplica' | 'noteReplica' | 'heartbeat' | 'listRegions' | 'noteClockSkew'>;

const regionOf = (replica: string): string => replica.split(':')[0] ?? '';
const lifeOf = (replica: string): number => Number(replica.split(':')[1]);

export function memoryRegistry(hub: HubState, nowMs: () => number): Registry {
  const backFill = (id: RegionId, atMs: number): void => {
    const region = hub.regions.get(id);
    if (region === undefined) return;
    hub.regions.set(id, { ...region, isBackFilled: true });
    for (const [space, { contents }] of hub.spaces)
      for (const content of contents.values()) planTransfers(hub, { space, content, priority: transferPriority.bulk, atMs });
  };
  return {
    registerRegion: async ({ id, url }, atMs) => {
      const known = hub.regions.get(id);
      const fresh = { id, registeredAtMs: atMs, capacity: null, clockSkewMs: null, isBackFilled: false };
      hub.regions.set(id, { ...(known ?? fresh), url, lastSeenAtMs: atMs });
      if (known?.isBackFilled !== true) backFill(id, atMs);
    },
    issueReplica: async (region) => {
      const inLogs = [...hub.spaces.values()].flatMap(({ acknowledged }) => [...acknowledged.keys()]);
      const known = inLogs.filter((replica) => regionOf(replica) === region).map(lifeOf);
      const life = Math.max(hub.lives.get(region) ?? 0, ...known) + 1;
      hub.lives.set(region, life);
      if (life > 1) {
        for (const { holdings } of hub.spaces.values()) for (const holders of holdings.values()) holders.delete(region);
        backFill(region, nowMs());
      }
      return replicaId(region, life);
    },
    noteReplica: async (replica) => {
      const region = regionOf(replica);
      hub.lives.set(region, Math.max(hub.lives.get(region) ?? 0, lifeOf(replica)));
    },
    heartbeat: async (id, capacity, atMs) => {
      const known = hub.regions.get(id);
      if (known !== undefined) hub.regions.set(id, { ...known, capacity, lastSeenAtMs: atMs });
    },
    listRegions: async () =>
      [...hub.regions.values()].map(({ isBackFilled: _, ...row }) => row).sort((left, right) => (left.id < right.id ? -1 : 1)),
    noteClockSkew: async (id, skewMs) => {
      const known = hub.regions.get(id);
      if (known !== undefined) hub.regions.set(id, { ...known, clockSkewMs: skewMs });
    },
  };
}

type Transfers = Pick<
  HubStore,
  'recordHoldings' | 'holders' | 'leaseTransfers' | 'settleTransfers' | 'prioritise' | 'pendingTransfers'
>;

export function memoryTransfers(hub: HubState): Transfers {
  const holdersOf = (space: SpaceId, hash: Hash): TransferSource[] => {
    const holding = hub.spaces.get(space)?.holdings.get(hash);
    const regions = [...hub.regions.values()].sort((left, right) => right.lastSeenAtMs - left.lastSeenAtMs || (left.id < right.id ? -1 : 1));
    return regions.filter(({ id }) => holding?.has(id)).map(({ id, url }) => ({ region: id, url }));
  };
  const hold = (region: RegionId, space: SpaceId, hash: Hash): void => {
    const { holdings } = spaceOf(hub, space);
    holdings.set(hash, (holdings.get(hash) ?? new Set()).add(region));
    hub.transfers.delete(transferId(region, space, hash));
  };
  return {
    recordHoldings: async (region, held) => {
      for (const { space, hash } of held) hold(region, space, hash);
    },
    holders: async (space, hash) => holdersOf(space, hash),
    leaseTransfers: async (region, { limit, leaseMs, nowMs }) => {
      const due = [...hub.transfers.entries()]
        .filter(([, item]) => item.region === region && item.dueMs <= nowMs && item.leaseUntilMs <= nowMs)
        .sort(([, left], [, right]) => left.priority - right.priority || left.dueMs - right.dueMs)
        .slice(0, limit);
      return due.flatMap(([id, item]) => {
        const content = hub.spaces.get(item.space)?.contents.get(item.hash);
        if (content === undefined) return [];
        item.leaseUntilMs = nowMs + leaseMs;
        const sources = holdersOf(item.space, item.hash).filter((source) => source.region !== region);
        return [{ transferId: id, space: item.space, content, priority: item.priority, sources, leaseUntilMs: item.leaseUntilMs }];
      });
    },
    settleTransfers: async (region, { done, failed }, nowMs) => {
      for (const [space, hashes] of ownTransfers(region, done))
        for (const hash of hashes) if (hub.transfers.has(transferId(region, space, hash))) hold(region, space, hash);
      for (const [space, hashes] of ownTransfers(region, failed))
        for (const hash of hashes) giveBack(hub.transfers.get(transferId(region, space, hash)), nowMs);
    },
    prioritise: async (region, space, hash, nowMs) => {
      if (!hub.regions.has(region) || hub.spaces.get(space)?.contents.has(hash) !== true) return;
      const id = transferId(region, space, hash);
      const known = hub.transfers.get(id) ?? { region, space, hash, dueMs: nowMs, failures: 0 };
      hub.transfers.set(id, { ...known, priority: transferPriority.waiting, dueMs: Math.min(known.dueMs, nowMs), leaseUntilMs: 0 });
    },
    pendingTransfers: async () => {
      const pending = Object.fromEntries([...hub.regions.keys()].map((region) => [region, 0]));
      for (const { region } of hub.transfers.values()) pending[region] = (pending[region] ?? 0) + 1;
      return pending;
    },
  };
}

function giveBack(item: TransferState | undefined, nowMs: number): void {
  if (item === undefined) return;
  item.leaseUntilMs = 0;
  item.dueMs = nowMs + Math.min(retryAfterMsMax, retryAfterMs * 2 ** item.failures);
  item.failures = Math.min(doublingsMax, item.failures + 1);
}

type Merges = Pick<HubStore, 'listConflicts' | 'planMerges' | 'leaseMerges' | 'settleMerges' | 'mergeStates'>;

export function memoryMerges(hub: HubState): Merges {
  const at = (taskId: string): { readonly merges: Map<string, MergeState>; readonly id: string; readonly task: MergeState } | null => {
    const slash = taskId.indexOf('/');
    const merges = hub.spaces.get(taskId.slice(0, Math.max(0, slash)) as SpaceId)?.merges as Map<string, MergeState> | undefined;
    const task = merges?.get(taskId.slice(slash + 1));
    return merges === undefined || task === undefined || task.leaseUntilMs === 0 ? null : { merges, id: taskId.slice(slash + 1), task };
  };
  return {
    listConflicts: async (space, page) => {
      const entries = [...spaceOf(hub, space).tree.entries.values()].map(({ entry }) => entry);
      return pageOf(
        entries.filter((entry) => entry.deleted === null && entry.heads.length > 1),
        ({ id }) => id,
        page,
      );
    },
    planMerges: async (tasks) => {
      for (const { space, entryId, heads } of tasks) {
        const { merges, tree } = spaceOf(hub, space);
        const sorted = [...heads].sort((left, right) => (dotKey(left) < dotKey(right) ? -1 : 1));
        if (merges.get(entryId)?.heads.map(dotKey).join() === sorted.map(dotKey).join()) continue;
        const hashes = sorted.flatMap((dot) => tree.versions.get(dotKey(dot))?.version.content.hash ?? []);
        merges.set(entryId, { heads: sorted, hashes, leaseUntilMs: 0, failure: null });
      }
    },
    leaseMerges: async (region, { limit, leaseMs, nowMs }) => {
      const leaseUntilMs = nowMs + leaseMs;
      const leased = [];
      for (const [space, { merges, holdings }] of hub.spaces) {
        for (const [entryId, task] of merges) {
          const isFree = task.failure === null && task.leaseUntilMs <= nowMs;
          if (!isFree || leased.length === limit || task.hashes.some((hash) => holdings.get(hash)?.has(region) !== true)) continue;
          task.leaseUntilMs = leaseUntilMs;
          leased.push({ taskId: `${space}/${entryId}`, space, entryId, heads: task.heads, leaseUntilMs });
        }
      }
      return leased;
    },
    settleMerges: async ({ done, failed }) => {
      for (const found of done.map(at)) found?.merges.delete(found.id);
      for (const { taskId, reason } of failed) {
        const found = at(taskId);
        if (found === null) continue;
        found.task.failure = reason;
        found.task.leaseUntilMs = 0;
      }
    },
    mergeStates: async (space, entries) => {
      const { merges } = spaceOf(hub, space);
      return [...entries].sort().flatMap((entryId) => {
        const task = merges.get(entryId);
        return task === undefined ? [] : [{ entryId, state: task.failure === null ? 'waiting' : 'failed', reason: task.failure } as const];
      });
    },
  };
}

type Words = Pick<HubStore, 'policy' | 'setPolicy' | 'policies' | 'raiseEvents' | 'readEvents'>;

/** What the hub tells: policies and events. */
export function memoryWords(hub: HubState): Words {
  return {
    policy: async (space) => spaceOf(hub, space).policy ?? { revision: 0, policy: '{}' },
    policies: async () =>
      [...hub.spaces.entries()]
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([space, { policy }]) => ({ space, ...(policy ?? { revision: 0, policy: '{}' }) })),
    setPolicy: async (space, policy) => {
      const state = spaceOf(hub, space);
      for (const [id, { failure }] of state.merges) if (failure !== null) state.merges.delete(id);
      state.policy = { revision: (state.policy?.revision ?? 0) + 1, policy };
      return state.policy.revision;
    },
    raiseEvents: async (events) => {
      for (const event of events) hub.events.push({ ...event, sequence: ++hub.eventSequence });
    },
    readEvents: async ({ after, limit, types }) =>
      hub.events.filter(({ sequence, type }) => sequence > after && (types === null || types.includes(type))).slice(0, limit),
  };
}

type Progress = Pick<HubStore, 'noteProgress' | 'progressAt' | 'progress' | 'pruneProgress'>;

export function memoryProgress(hub: HubState): Progress {
  return {
    noteProgress: async (steps) => {
      for (const step of steps) {
        const { progress } = spaceOf(hub, step.space);
        const known = progress.get(step.region) ?? [];
        const last = known.filter(({ atMs }) => atMs <= step.atMs).at(-1);
        if (last !== undefined && comparePositions(last.position, step.position) === 0) continue;
        const others = known.filter(({ atMs, position }) => atMs !== step.atMs || comparePositions(position, step.position) > 0);
        progress.set(
          step.region,
          [...others, step].sort((left, right) => left.atMs - right.atMs),
        );
      }
    },
    progressAt: async (region, space, atMs) =>
      (spaceOf(hub, space).progress.get(region) ?? []).filter((step) => step.atMs <= atMs).at(-1)?.position ?? null,
    progress: async (space) =>
      [...hub.regions.keys()].sort().flatMap((region) => spaceOf(hub, space).progress.get(region)?.slice(-1) ?? []),
    pruneProgress: async (olderThanMs, limit) => {
      let pruned = 0;
      for (const { progress } of hub.spaces.values()) {
        for (const [region, steps] of progress) {
          const kept = steps.filter((step, at) => {
            const next = steps[at + 1];
            const isOld = step.atMs < olderThanMs && next !== undefined && next.atMs <= olderThanMs;
            if (!isOld || pruned === limit) return true;
            pruned++;
            return false;
          });
          progress.set(region, kept);
        }
      }
      return pruned;
    },
  };
}
