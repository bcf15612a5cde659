import type { RaisedEvent } from '@jzse/api';
import { type HubServices, type MergeTask, mergeLeaseMs } from '@jzse/api/hub';
import type { HubStore, MergeRow } from '@jzse/db/hub';
import { chooseMergeRule } from '@jzse/merge';
import type { Dot, EntryId, SpaceId } from '@jzse/sync';
import { dotKey, entryId, joinPath, spaceId } from '@jzse/sync';
import type { KnownPolicies } from '../policies/known-policies.ts';
import type { MergePlan } from './plan-merges.ts';
import { taskOf } from './plan-merges.ts';

export interface WorkMergesDeps {
  readonly store: Pick<HubStore, 'settleMerges' | 'leaseMerges' | 'raiseEvents' | 'entry' | 'pathOf' | 'planMerges'>;
  readonly policies: Pick<KnownPolicies, 'of'>;
  readonly plan: Pick<MergePlan, 'settled'>;
  readonly nowMs: () => number;
}

/** Settled first, each with an event; then leased, each with the rule that counts now. What needs no merge any more is dropped on the way. */
export function workMerges(deps: WorkMergesDeps): HubServices['mergeWork'] {
  return async ({ region, done, failed, want }) => {
    if (done.length + failed.length > 0) {
      await deps.store.settleMerges({ done, failed });
      deps.plan.settled([...done, ...failed.map(({ taskId }) => taskId)]);
      await deps.store.raiseEvents(await eventsOf(deps, { region, done, failed }));
    }
    if (want === 0) return { tasks: [] };
    const rows = await deps.store.leaseMerges(region, { limit: want, leaseMs: mergeLeaseMs, nowMs: deps.nowMs() });
    const tasks = await Promise.all(rows.map((row) => toTask(deps, row)));
    const dropped = rows.filter((_, at) => tasks[at] === null).map(({ taskId }) => taskId);
    if (dropped.length > 0) {
      await deps.store.settleMerges({ done: dropped, failed: [] });
      deps.plan.settled(dropped);
    }
    return { tasks: tasks.filter((task) => task !== null) };
  };
}

/** Null: resolved, deleted, or by the policy of now for people to decide. Other heads than planned are planned anew. */
async function toTask({ store, policies }: WorkMergesDeps, row: MergeRow): Promise<MergeTask | null> {
  const { space } = row;
  const [entry, names] = await Promise.all([store.entry(space, row.entryId), store.pathOf(space, row.entryId)]);
  if (entry === null || names === null || entry.deleted !== null || entry.heads.length < 2) return null;
  const rule = chooseMergeRule((await policies.of(space)).policy.merge, joinPath(names));
  if (rule === null || rule.strategy === 'lww') return null;
  if (keysOf(entry.heads.map(({ dot }) => dot)) === keysOf(row.heads)) return { ...row, rule };
  await store.planMerges([taskOf(space, entry)]);
  return null;
}

const keysOf = (dots: readonly Dot[]): string => dots.map(dotKey).sort().join(' ');

async function eventsOf(
  { store, nowMs }: WorkMergesDeps,
  { region, done, failed }: Pick<Parameters<HubServices['mergeWork']>[0], 'region' | 'done' | 'failed'>,
): Promise<RaisedEvent[]> {
  const settled = [
    ...done.map((taskId) => ({ type: 'merged' as const, taskId, reason: null })),
    ...failed.map(({ taskId, reason }) => ({ type: 'merge-failed' as const, taskId, reason })),
  ];
  const events = settled.map(async ({ type, taskId, reason }) => {
    const task = parseTaskId(taskId);
    if (task === null) return [];
    const names = await store.pathOf(task.space, task.entryId);
    const data = { entryId: task.entryId, path: names === null ? null : joinPath(names), ...(reason === null ? {} : { reason }) };
    return [{ type, space: task.space, region, atMs: nowMs(), data }];
  });
  return (await Promise.all(events)).flat();
}

function parseTaskId(taskId: string): { readonly space: SpaceId; readonly entryId: EntryId } | null {
  const [, space, id] = /^([^/]+)\/(.{1,64})$/.exec(taskId) ?? [];
  try {
    return space === undefined || id === undefined ? null : { space: spaceId(space), entryId: entryId(id) };
  } catch {
    return null;
  }
}
