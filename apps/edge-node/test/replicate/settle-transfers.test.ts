import type { Lease } from '@jzse/api/hub';
import type { WantedContent } from '@jzse/db/region';
import type { Hash, RegionId, SpaceId } from '@jzse/sync';
import { expect, test } from 'vitest';
import type { HubPort } from '../../src/replicate/hub-port.ts';
import { createTransferSettlement } from '../../src/replicate/settle-transfers.ts';

const space = 'demo' as SpaceId;
const lease = (id: number): Lease => ({
  transferId: String(id),
  space,
  content: { hash: String(id).padStart(64, '0') as Hash, size: 1, manifest: null },
  priority: 10,
  sources: [],
  leaseUntilMs: 0,
});

function settlementWith(transfers: HubPort['transfers']) {
  const queued: WantedContent[] = [];
  const kept: string[] = [];
  const marked: string[] = [];
  const settlement = createTransferSettlement({
    region: 'beijing' as RegionId,
    nowMs: () => 0,
    hub: { transfers },
    queued: () => queued.length,
    onLeased: (items) => void queued.push(...items),
    onKept: (items) => void kept.push(...items.map((item) => item.wanted.transferId)),
    store: {
      addWanted: async () => {},
      wantedDone: async () => {},
      holdingsReported: async () => {},
      unreportedHoldings: async () => [],
      markHeld: async (_space, contents) => void marked.push(...contents.map((item) => item.content.hash)),
    },
  });
  return { settlement, queued, kept, marked };
}

test('leases until enough is queued, and asks no more when the hub has no more', async () => {
  let left = 1_500;
  const { settlement, queued } = settlementWith(async ({ want }) => {
    const leases = Array.from({ length: Math.min(want, left) }, (_, at) => lease(left - at));
    left -= leases.length;
    return { leases };
  });
  while (await settlement.round());
  expect(queued.length).toBe(1_024);
  queued.length = 0;
  while (await settlement.round());
  expect(queued.length).toBe(476);
  queued.length = 0;
  expect(await settlement.round()).toBe(false);
  left = 1;
  settlement.hubHasWork();
  await settlement.round();
  expect(queued.length).toBe(1);
});

test('a wake-up that comes while the hub is asked counts', async () => {
  const state = { calls: 0 };
  const { settlement } = settlementWith(async () => {
    if (++state.calls === 1) settlement.hubHasWork();
    return { leases: [] };
  });
  expect(await settlement.round()).toBe(true);
  expect(await settlement.round()).toBe(false);
  expect(state.calls).toBe(2);
});

test('without an answer what is done is kept as a holding to report, and what failed is tried again', async () => {
  const { settlement, kept, marked } = settlementWith(async () => {
    throw new Error('no answer');
  });
  const done = lease(1);
  settlement.done([{ wanted: done, content: done.content, chunks: [] }]);
  settlement.failed([{ wanted: lease(2), failures: 2 }]);
  await expect(settlement.round()).rejects.toThrow('no answer');
  expect(marked).toEqual([done.content.hash]);
  expect(kept).toEqual(['2']);
});
