import type { Hash, Operation, RegionId, SpaceId } from '@jzse/sync';
import { describe, expect, test } from 'vitest';
import { takeBatch } from '../../src/replicate/batch-operations.ts';
import { createByteBudget } from '../../src/replicate/byte-budget.ts';
import { chooseSource } from '../../src/replicate/choose-source.ts';
import { cutRequests, groupBySource } from '../../src/replicate/group-by-source.ts';
import { retryDelayMs } from '../../src/replicate/retry-delay.ts';
import { createTransferQueue } from '../../src/replicate/transfer-queue.ts';
import { mergeWakeUps } from '../../src/replicate/wake-up-queue.ts';

const source = (region: string) => ({ region: region as RegionId, url: `http://${region}` });
const hash = (digit: string) => digit.repeat(64) as Hash;
const view = { isBroken: () => false, requestsInFlight: () => 0, random: () => 0 };

describe('choosing a holder', () => {
  test('the least busy healthy one, a broken one only if there is no other', () => {
    const busy = { ...view, requestsInFlight: (region: string) => (region === 'a' ? 3 : 1) };
    expect(chooseSource([source('a'), source('b')], busy)?.region).toBe('b');
    const broken = { ...busy, isBroken: (region: string) => region === 'b' };
    expect(chooseSource([source('a'), source('b')], broken)?.region).toBe('a');
    expect(chooseSource([source('b')], broken)?.region).toBe('b');
    expect(chooseSource([], view)).toBeNull();
  });

  test('chunks go to a holder that has not failed them; without one they are orphans', () => {
    const chunks = ['1', '2', '3'].map((digit) => ({ hash: hash(digit), size: 1, sources: [source('a'), source('b')] }));
    const failed = new Map([
      [hash('1'), new Set(['a' as RegionId])],
      [hash('2'), new Set(['a', 'b'] as RegionId[])],
    ]);
    const { groups, orphans } = groupBySource(chunks, failed, view);
    expect(groups.map((group) => [group.source.region, group.chunks.map((chunk) => chunk.hash[0])])).toEqual([
      ['b', ['1']],
      ['a', ['3']],
    ]);
    expect(orphans.map((chunk) => chunk.hash[0])).toEqual(['2']);
  });

  test('requests are cut by count and by bytes; what is too large goes alone', () => {
    const chunks = [1, 1, 1, 9, 1].map((size, at) => ({ hash: hash(String(at)), size, sources: [] }));
    const cut = (limits: { countMax: number; bytesMax: number }) => cutRequests(chunks, limits).map((request) => request.bytes);
    expect(cut({ countMax: 2, bytesMax: 100 })).toEqual([2, 10, 1]);
    expect(cut({ countMax: 9, bytesMax: 5 })).toEqual([3, 9, 1]);
  });
});

test('a push takes as many operations as fit, and at least one', () => {
  const move = { type: 'move' } as Operation;
  const huge = {
    type: 'delete',
    base: [],
    observed: Array.from({ length: 50_000 }, () => ({ id: 'e', heads: [] })),
  } as unknown as Operation;
  expect(takeBatch([move, move, move], { countMax: 2, bytesMax: 1e6 }).length).toBe(2);
  expect(takeBatch([huge, move], { countMax: 9, bytesMax: 1e6 }).length).toBe(1);
  expect(takeBatch([move, huge], { countMax: 9, bytesMax: 1e6 }).length).toBe(1);
  expect(takeBatch([], { countMax: 9, bytesMax: 1e6 })).toEqual([]);
});

test('a budget lets through what fits, in order, and what is larger than all of it alone', async () => {
  const budget = createByteBudget(10);
  const order: string[] = [];
  const take = async (name: string, bytes: number) => {
    const reservation = await budget.take(bytes);
    order.push(name);
    return reservation;
  };
  const first = await take('first', 6);
  const large = take('large', 100);
  const small = take('small', 1);
  await new Promise(setImmediate);
  expect(order).toEqual(['first']);
  first.release();
  (await large).release();
  await small;
  expect(order).toEqual(['first', 'large', 'small']);
});

test('back-off doubles, is bounded, and differs', () => {
  expect([1, 2, 3, 30].map((failures) => retryDelayMs(failures, 1))).toEqual([500, 1000, 2000, 60_000]);
  expect(retryDelayMs(1, 0)).toBe(250);
});

test('wake-ups that wait are merged: the later head of each space', () => {
  const space = 'demo' as SpaceId;
  const head = (sequence: number) => ({ space, head: { epoch: 1, sequence } });
  expect(mergeWakeUps({ heads: [head(1)], transfers: true }, { heads: [head(2)], transfers: false })).toEqual({
    heads: [head(2)],
    transfers: true,
  });
});

describe('the queue of transfers', () => {
  const wanted = (id: string, options: { size?: number; priority?: number; holders?: string[] } = {}) => ({
    transferId: id,
    space: 'demo' as SpaceId,
    content: { hash: hash('a'), size: options.size ?? 1, manifest: null },
    priority: options.priority ?? 10,
    sources: (options.holders ?? ['a']).map(source),
    leaseUntilMs: 0,
  });
  const take = (queue: ReturnType<typeof createTransferQueue>, lane: 'small' | 'bulk' = 'small', nowMs = 0) =>
    queue
      .take(lane, { nowMs, limits: { countMax: 2, bytesMax: 100 }, choose: (sources) => sources[0] ?? null })
      .map((transfer) => transfer.wanted.transferId);

  test('gives the most urgent first, those of one holder together, large ones in a lane of their own', () => {
    const queue = createTransferQueue();
    queue.add([wanted('1'), wanted('2', { holders: ['b'] }), wanted('3'), wanted('4', { priority: 0 }), wanted('5', { size: 9e6 })]);
    expect(take(queue)).toEqual(['4', '1']);
    expect(take(queue)).toEqual(['2']);
    expect(take(queue)).toEqual(['3']);
    expect(take(queue)).toEqual([]);
    expect(take(queue, 'bulk')).toEqual(['5']);
    expect(queue.size()).toBe(5);
    queue.settle(['1', '2', '3', '4', '5']);
    expect(queue.size()).toBe(0);
  });

  test('what is put back waits until it is due; what is worked on is not given out twice', () => {
    const queue = createTransferQueue();
    queue.add([wanted('1')]);
    take(queue);
    queue.add([wanted('1')]);
    expect(take(queue)).toEqual([]);
    queue.putBack({ wanted: wanted('1'), failures: 1 }, 50);
    expect(take(queue, 'small', 49)).toEqual([]);
    expect(queue.nextDueMs(0)).toBe(50);
    expect(take(queue, 'small', 50)).toEqual(['1']);
  });

  test('all that waits out a back-off is due at once when what failed may work again', () => {
    const queue = createTransferQueue();
    queue.add([wanted('1')]);
    take(queue);
    queue.putBack({ wanted: wanted('1'), failures: 1 }, 50);
    queue.allDue();
    expect(take(queue)).toEqual(['1']);
  });
});
