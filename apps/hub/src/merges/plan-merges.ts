import type { HubStore } from '@jzse/db/hub';
import { chooseMergeRule } from '@jzse/merge';
import type { Entry, EntryId, FeedRow, SpaceId } from '@jzse/sync';
import { joinPath } from '@jzse/sync';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';
import type { KnownPolicies } from '../policies/known-policies.ts';

/** Conflicts of a space that are looked through when its policy changes. */
const conflictsMax = 10_000;
const conflictsPerPage = 500;
/** Tasks that are remembered as waiting; beyond it only polling helps. */
const rememberedMax = 10_000;

export interface PlanMergesDeps {
  readonly store: Pick<HubStore, 'pathOf' | 'planMerges' | 'listConflicts' | 'mergeStates'>;
  readonly policies: Pick<KnownPolicies, 'of'>;
  readonly board: Pick<WakeUpBoard, 'mergesWait'>;
}

/** Which conflicts are to be merged by a rule of their space's policy (SY8). */
export interface MergePlan {
  /** Of what a push changed. Asks the store nothing unless a file has several heads and its space a rule. */
  planFor(space: SpaceId, rows: readonly FeedRow[]): Promise<void>;
  /** Of the conflicts that are there: rules changed. */
  planAll(space: SpaceId): Promise<void>;
  /**
   * Of conflicts that nobody is to merge: looked for once in a space, since a hub may have died between taking what made one and planning
   * its merge; and again where planning failed or merges were settled, since a region that is behind may take one to be over.
   */
  planMissed(spaces: readonly SpaceId[]): Promise<void>;
  /** Whether tasks of this process wait: somebody may be able to do one when a content has come to it, or a lease has ended. */
  isAnyOpen(): boolean;
  settled(taskIds: readonly string[]): void;
}

export function createMergePlan(deps: PlanMergesDeps): MergePlan {
  const open = new Set<string>();
  const whole = new Set<SpaceId>();
  const plan = async (space: SpaceId, conflicts: readonly Entry[]): Promise<void> => {
    const tasks = (
      await Promise.all(conflicts.map(async (entry) => ((await isMerged(deps, space, entry.id)) ? [taskOf(space, entry)] : [])))
    ).flat();
    if (tasks.length === 0) return;
    await deps.store.planMerges(tasks);
    for (const { entryId } of tasks) if (open.size < rememberedMax) open.add(`${space}/${entryId}`);
    deps.board.mergesWait(() => true);
  };
  const hasRules = async (space: SpaceId): Promise<boolean> => (await deps.policies.of(space)).policy.merge.length > 0;
  const withoutTask = async (space: SpaceId, conflicts: readonly Entry[]): Promise<readonly Entry[]> => {
    const states = await deps.store.mergeStates(
      space,
      conflicts.map(({ id }) => id),
    );
    const known = new Set(states.map(({ entryId }) => entryId));
    return conflicts.filter(({ id }) => !known.has(id));
  };
  const planAll = async (space: SpaceId, which = async (conflicts: readonly Entry[]) => conflicts): Promise<void> => {
    if (!(await hasRules(space))) return;
    let after: string | null = null;
    for (let seen = 0; seen < conflictsMax; seen += conflictsPerPage) {
      const page: Awaited<ReturnType<HubStore['listConflicts']>> = await deps.store.listConflicts(space, {
        after,
        limit: conflictsPerPage,
      });
      await plan(space, await which(page.items));
      after = page.next;
      if (after === null) break;
    }
  };
  return {
    planFor: async (space, rows) => {
      const conflicts = conflictsIn(rows);
      if (conflicts.length === 0) return;
      try {
        if (await hasRules(space)) await plan(space, conflicts);
      } catch (cause) {
        whole.delete(space);
        throw cause;
      }
    },
    planAll: (space) => planAll(space),
    planMissed: async (spaces) => {
      for (const space of spaces) {
        if (whole.has(space)) continue;
        whole.add(space);
        await planAll(space, (conflicts) => withoutTask(space, conflicts)).catch((cause: unknown) => {
          whole.delete(space);
          throw cause;
        });
      }
    },
    isAnyOpen: () => open.size > 0,
    settled: (taskIds) => {
      for (const taskId of taskIds) {
        open.delete(taskId);
        whole.delete(taskId.split('/')[0] as SpaceId);
      }
    },
  };
}

/** Live files that have several heads after these rows. */
function conflictsIn(rows: readonly FeedRow[]): Entry[] {
  const last = new Map<EntryId, Entry>();
  for (const { effects } of rows) {
    for (const effect of effects) {
      if (effect.type !== 'entry') continue;
      if (effect.entry.heads.length > 1) last.set(effect.entry.id, effect.entry);
      else if (last.size > 0) last.delete(effect.entry.id);
    }
  }
  return [...last.values()].filter(({ deleted }) => deleted === null);
}

async function isMerged({ store, policies }: PlanMergesDeps, space: SpaceId, id: EntryId): Promise<boolean> {
  const names = await store.pathOf(space, id);
  const rule = names === null ? null : chooseMergeRule((await policies.of(space)).policy.merge, joinPath(names));
  return rule !== null && rule.strategy !== 'lww';
}

export const taskOf = (space: SpaceId, { id, heads }: Entry) => ({ space, entryId: id, heads: heads.map(({ dot }) => dot) });
