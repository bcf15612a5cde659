import type { Dot, FeedPosition, FeedRow, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import { describe, expect, test } from 'vitest';
import { createFeedTail } from '../src/feed/feed-tail.ts';
import { pullBytesMax, pullFeed } from '../src/feed/pull-feed.ts';
import { createWakeUpBoard } from '../src/feed/wake-up-board.ts';

const space = 'demo' as SpaceId;
const region = 'beijing' as RegionId;
const dotOf = (sequence: number, life = 1): Dot => ({ replica: `beijing:${life}` as ReplicaId, counter: sequence });
const row = (sequence: number, observed = 0, [epoch, life] = [0, 1]): FeedRow => ({
  position: { epoch, sequence },
  operation: {
    type: 'delete',
    dot: dotOf(sequence, life),
    observed: Array.from({ length: observed }, () => ({ id: 'x', heads: [] })),
  } as unknown as Operation,
  effects: [],
});
const feedOf = (rows: FeedRow[], start: FeedPosition = { epoch: 0, sequence: 0 }, head?: FeedPosition) => {
  const reads: number[] = [];
  const tail = createFeedTail();
  const board = createWakeUpBoard([]);
  const answer = pullFeed({
    tail,
    board,
    safe: { of: async () => 2, forget: () => undefined },
    store: {
      head: async () => ({ position: head ?? rows.at(-1)?.position ?? start, forks: {} }),
      feedStart: async () => start,
      readFeed: async (_space, after, limit) => {
        reads.push(limit);
        return rows.filter(({ position }) => position.sequence > after.sequence).slice(0, limit);
      },
      rowDots: async (_space, asked) => asked.map((each) => rows.find(({ position }) => position.sequence === each)?.operation.dot ?? null),
    },
  });
  const pull = (epoch: number, sequence: number, { limit = 100, dot = null as Dot | null } = {}) =>
    answer({ space, region, after: { epoch, sequence, dot }, limit });
  return { pull, reads, tail, board, rows };
};
const sequences = (answer: Awaited<ReturnType<ReturnType<typeof pullFeed>>>): number[] =>
  answer.type === 'rows' ? answer.rows.map(({ position }) => position.sequence) : [];

describe('a pull', () => {
  test('reads in steps up to its limit, and nothing at the end', async () => {
    const { pull, reads } = feedOf(Array.from({ length: 1200 }, (_, at) => row(at + 1)));
    expect(sequences(await pull(0, 0, { limit: 1100 }))).toHaveLength(1100);
    expect(reads).toEqual([500, 500, 100]);
    expect(sequences(await pull(0, 1200, { limit: 10 }))).toEqual([]);
    expect(reads).toHaveLength(3);
  });

  test('is bounded by bytes, yet always gets on', async () => {
    const large = Math.ceil(pullBytesMax / 70);
    const { pull } = feedOf([row(1), row(2, large), row(3, large), row(4)]);
    expect(sequences(await pull(0, 0, { limit: 10 }))).toEqual([1]);
    expect(sequences(await pull(0, 1, { limit: 10 }))).toEqual([2]);
    expect(sequences(await pull(0, 3, { limit: 10 }))).toEqual([4]);
  });

  test('[SY10] off the feed a snapshot is needed', async () => {
    const { pull } = feedOf([row(8), row(9)], { epoch: 0, sequence: 7 });
    expect(sequences(await pull(0, 7))).toEqual([8, 9]);
    expect(await pull(0, 6)).toEqual({ type: 'snapshot-needed' });
  });

  test('[SY10] rows that an earlier epoch handed on are a part of the log', async () => {
    const { pull } = feedOf([row(8), row(9)], { epoch: 1, sequence: 7 }, { epoch: 1, sequence: 9 });
    expect(sequences(await pull(1, 7))).toEqual([8, 9]);
  });

  test('[SY10] a cursor of a later epoch is of a log that was put back to before it', async () => {
    const { pull } = feedOf([row(8), row(9)], { epoch: 0, sequence: 7 });
    expect(await pull(1, 8)).toEqual({ type: 'log-differs' });
  });

  test('[SY10] a cursor beyond the end, or one that names another row than ours, is of another log', async () => {
    const { pull, tail, rows } = feedOf([row(8), row(9)], { epoch: 0, sequence: 7 });
    const differs = { type: 'log-differs' };
    expect(await pull(0, 10)).toEqual(differs);
    for (let round = 0; round < 2; round++) {
      expect(await pull(0, 9, { dot: dotOf(9, 2) })).toEqual(differs);
      expect(await pull(0, 8, { dot: dotOf(8, 2) })).toEqual(differs);
      expect(sequences(await pull(0, 8, { dot: dotOf(8) }))).toEqual([9]);
      expect(sequences(await pull(0, 7, { dot: dotOf(7, 2) }))).toEqual([8, 9]);
      tail.append(space, rows);
    }
  });

  test('[SY10] what memory knows of a log that was restored under it is not believed', async () => {
    const { pull, tail, board, rows } = feedOf([1, 2, 3, 4, 5].map((sequence) => row(sequence)));
    tail.append(space, rows);
    board.headMoved(space, { epoch: 0, sequence: 5 });
    rows.splice(2, 3, row(3, 0, [0, 2]));
    expect(await pull(0, 5, { dot: dotOf(5) })).toEqual({ type: 'log-differs' });
    expect(board.heads()).toEqual([{ space, head: { epoch: 0, sequence: 3 } }]);
    expect(await pull(0, 3, { dot: dotOf(3) })).toEqual({ type: 'log-differs' });
    const pulled = await pull(0, 2, { dot: dotOf(2) });
    expect(pulled.type === 'rows' && pulled.rows).toEqual([row(3, 0, [0, 2])]);
  });
});

describe('the tail of a feed', () => {
  const all = Array.from({ length: 10 }, (_, at) => row(at + 1));

  test('answers what was just appended without the database, and what is older with it', async () => {
    const { pull, reads, tail } = feedOf(all);
    tail.append(space, all.slice(4, 7));
    tail.append(space, all.slice(7));
    expect(sequences(await pull(0, 4))).toEqual([5, 6, 7, 8, 9, 10]);
    expect(sequences(await pull(0, 5, { limit: 2 }))).toEqual([6, 7]);
    expect(reads).toEqual([]);
    expect(sequences(await pull(0, 3))).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect(reads).toEqual([100]);
  });

  test('that lacks what another hub appended does not hide it', async () => {
    const { pull, tail } = feedOf(all);
    tail.append(space, all.slice(0, 3));
    expect(sequences(await pull(0, 1))).toEqual([2, 3]);
    expect(sequences(await pull(0, 3))).toEqual([4, 5, 6, 7, 8, 9, 10]);
    tail.append(space, all.slice(8));
    expect(sequences(await pull(0, 1))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    tail.append(space, all.slice(3, 8));
    expect(sequences(await pull(0, 8))).toEqual([9, 10]);
  });

  test('[SY10] gives way to other rows at the same place: the log was restored under it', () => {
    const tail = createFeedTail();
    tail.append(space, all);
    const others = [4, 5].map((sequence) => row(sequence, 0, [0, 2]));
    tail.append(space, others);
    expect(tail.after(space, { epoch: 0, sequence: 3 }, 10)).toEqual(others);
    expect(tail.after(space, { epoch: 0, sequence: 2 }, 10)).toEqual([]);
  });

  test('of another epoch answers nothing', () => {
    const tail = createFeedTail();
    tail.append(space, [row(1), row(2)]);
    tail.append(space, [row(2, 0, [1, 1])]);
    expect(tail.after(space, { epoch: 0, sequence: 1 }, 10)).toEqual([]);
    expect(tail.after(space, { epoch: 1, sequence: 1 }, 10)).toHaveLength(1);
  });

  test('is bounded, however many spaces and rows there are', () => {
    const tail = createFeedTail(70_000);
    const spaces = Array.from({ length: 50 }, (_, at) => `space-${at}` as SpaceId);
    for (const each of spaces) for (let at = 1; at <= 100; at++) tail.append(each, [row(at)]);
    const kept = spaces.map((each) => [99, 90, 50, 0].map((sequence) => tail.after(each, { epoch: 0, sequence }, 100).length));
    expect(kept.at(-1)?.[0]).toBe(1);
    expect(kept.at(-1)?.[3]).toBe(0);
    expect(kept[0]).toEqual([0, 0, 0, 0]);
    const rowsKept = spaces.reduce((sum, each) => {
      const from = Array.from({ length: 101 }, (_, sequence) => tail.after(each, { epoch: 0, sequence }, 1000).length);
      return sum + Math.max(...from);
    }, 0);
    expect(rowsKept * 700).toBeLessThanOrEqual(70_000);
  });
});
