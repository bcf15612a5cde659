import type { FeedPosition, FeedRow, Operation, SpaceId } from '@jzse/sync';
import { describe, expect, test } from 'vitest';
import { pullBytesMax, pullFeed } from '../src/feed/pull-feed.ts';

const space = 'demo' as SpaceId;
const row = (sequence: number, observed = 0, epoch = 0): FeedRow => ({
  position: { epoch, sequence },
  operation: { type: 'delete', observed: Array.from({ length: observed }, () => ({ id: 'x', heads: [] })) } as unknown as Operation,
  effects: [],
});
const feedOf = (rows: readonly FeedRow[], start: FeedPosition = { epoch: 0, sequence: 0 }) => {
  const reads: number[] = [];
  const pull = pullFeed({
    store: {
      head: async () => ({ position: rows.at(-1)?.position ?? start, forks: {} }),
      feedStart: async () => start,
      readFeed: async (_space, after, limit) => {
        reads.push(limit);
        return rows.filter(({ position }) => position.sequence > after.sequence).slice(0, limit);
      },
    },
  });
  return { pull, reads };
};
const sequences = (answer: Awaited<ReturnType<ReturnType<typeof pullFeed>>>): number[] =>
  answer.type === 'rows' ? answer.rows.map(({ position }) => position.sequence) : [];

describe('a pull', () => {
  test('reads in steps up to its limit, and nothing at the end', async () => {
    const { pull, reads } = feedOf(Array.from({ length: 1200 }, (_, at) => row(at + 1)));
    expect(sequences(await pull({ space, after: { epoch: 0, sequence: 0 }, limit: 1100 }))).toHaveLength(1100);
    expect(reads).toEqual([500, 500, 100]);
    expect(sequences(await pull({ space, after: { epoch: 0, sequence: 1200 }, limit: 10 }))).toEqual([]);
    expect(reads).toHaveLength(3);
  });

  test('is bounded by bytes, yet always gets on', async () => {
    const large = Math.ceil(pullBytesMax / 70);
    const { pull } = feedOf([row(1), row(2, large), row(3, large), row(4)]);
    expect(sequences(await pull({ space, after: { epoch: 0, sequence: 0 }, limit: 10 }))).toEqual([1]);
    expect(sequences(await pull({ space, after: { epoch: 0, sequence: 1 }, limit: 10 }))).toEqual([2]);
    expect(sequences(await pull({ space, after: { epoch: 0, sequence: 3 }, limit: 10 }))).toEqual([4]);
  });

  test('[SY10] off the feed a snapshot is needed', async () => {
    const { pull } = feedOf([row(8), row(9)], { epoch: 0, sequence: 7 });
    const after = (epoch: number, sequence: number) => pull({ space, after: { epoch, sequence }, limit: 10 });
    expect(sequences(await after(0, 7))).toEqual([8, 9]);
    for (const [epoch, sequence] of [
      [0, 6],
      [0, 10],
      [1, 8],
    ] as const)
      expect(await after(epoch, sequence)).toEqual({ type: 'snapshot-needed' });
  });
});
