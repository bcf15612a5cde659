import { defaultPolicy } from '@jzse/api';
import type { HubStore } from '@jzse/db/hub';
import type { Entry, SpaceId } from '@jzse/sync';
import { expect, test } from 'vitest';
import { createMergePlan } from '../src/merges/plan-merges.ts';

const space = 'demo' as SpaceId;
const dot = (counter: number) => ({ replica: 'beijing:1', counter });
const conflict = { id: 'entry', deleted: null, heads: [{ dot: dot(1) }, { dot: dot(2) }] } as unknown as Entry;

test('[SY8] conflicts whose merge was never planned are found once after a start, and again where planning failed', async () => {
  const planned: unknown[] = [];
  let looks = 0;
  let fails = false;
  let states: { readonly entryId: Entry['id']; readonly state: 'waiting' | 'failed'; readonly reason: string | null }[] = [];
  const store: Pick<HubStore, 'pathOf' | 'planMerges' | 'listConflicts' | 'mergeStates'> = {
    mergeStates: async () => states,
    pathOf: async () => ['plan.md'],
    planMerges: async (tasks) => {
      if (fails) throw new Error('the database is away');
      planned.push(...tasks);
    },
    listConflicts: async () => {
      looks++;
      return { items: [conflict], next: null };
    },
  };
  const policy = { ...defaultPolicy, merge: [{ glob: '*', strategy: 'text' as const }] };
  const plan = createMergePlan({ store, policies: { of: async () => ({ revision: 1, policy }) }, board: { mergesWait: () => undefined } });
  for (let round = 0; round < 3; round++) await plan.planMissed([space]);
  expect([looks, planned]).toEqual([1, [{ space, entryId: 'entry', heads: [dot(1), dot(2)] }]]);

  fails = true;
  const row = { effects: [{ type: 'entry', entry: conflict }] } as never;
  await expect(plan.planFor(space, [row])).rejects.toThrow('away');
  await expect(plan.planMissed([space])).rejects.toThrow('away');
  fails = false;
  await plan.planMissed([space]);
  await plan.planMissed([space]);
  expect([looks, planned.length]).toEqual([3, 2]);

  states = [{ entryId: conflict.id, state: 'failed', reason: 'both sides' }];
  plan.settled(['demo/entry']);
  await plan.planMissed([space]);
  expect([looks, planned.length], 'what was tried and failed is left alone').toEqual([4, 2]);
  states = [];
  plan.settled(['demo/entry']);
  await plan.planMissed([space]);
  expect([looks, planned.length], 'a region that was behind took it to be over').toEqual([5, 3]);
});
