import type { RegionId, SpaceId } from '@jzse/sync';
import { describe, expect, test } from 'vitest';
import { createWakeUpBoard } from '../src/feed/wake-up-board.ts';

const demo = 'demo' as SpaceId;
const plans = 'plans' as SpaceId;
const at = (sequence: number, epoch = 0) => ({ epoch, sequence });
const beijing = 'beijing' as RegionId;
const never = new AbortController().signal;

describe('wake-ups', () => {
  test('the first comes at once with every head, the next when something moved', async () => {
    const board = createWakeUpBoard([
      { space: demo, head: at(3) },
      { space: plans, head: at(0) },
    ]);
    const stream = board.wakeUps(beijing, never);
    expect((await stream.next()).value).toEqual({
      heads: [
        { space: demo, head: at(3) },
        { space: plans, head: at(0) },
      ],
      transfers: true,
      merges: true,
    });
    const next = stream.next();
    board.headMoved(demo, at(4));
    expect((await next).value).toEqual({ heads: [{ space: demo, head: at(4) }], transfers: false });
  });

  test('a reader that takes nothing holds one position a space', async () => {
    const board = createWakeUpBoard([{ space: demo, head: at(0) }]);
    const stream = board.wakeUps(beijing, never);
    await stream.next();
    for (let sequence = 1; sequence <= 100_000; sequence++) board.headMoved(demo, at(sequence));
    board.transfersWait((region) => region === beijing);
    expect((await stream.next()).value).toEqual({ heads: [{ space: demo, head: at(100_000) }], transfers: true });
  });

  test('old news wakes nobody, and a new epoch is news', async () => {
    const board = createWakeUpBoard([{ space: demo, head: at(5) }]);
    const stream = board.wakeUps(beijing, never);
    await stream.next();
    const next = stream.next();
    board.headMoved(demo, at(5));
    board.headMoved(demo, at(2));
    board.transfersWait((region) => region !== beijing);
    board.headMoved(demo, at(1, 1));
    expect((await next).value).toEqual({ heads: [{ space: demo, head: at(1, 1) }], transfers: false });
  });

  test('policies, merges, reports and seeds reach whom they concern, each once', async () => {
    const board = createWakeUpBoard(
      [],
      [
        { space: demo, revision: 3 },
        { space: plans, revision: 0 },
      ],
    );
    const [here, there] = [board.wakeUps(beijing, never), board.wakeUps('shanghai' as RegionId, never)];
    expect((await here.next()).value).toEqual({ heads: [], transfers: true, merges: true, policies: [{ space: demo, revision: 3 }] });
    await there.next();
    expect(board.listening()).toEqual([beijing, 'shanghai']);
    const next = here.next();
    board.policyChanged(demo, 3);
    board.reportWanted(demo, { deep: false, concerns: (region) => region !== beijing });
    board.seedWanted('shanghai' as RegionId, plans);
    board.policyChanged(demo, 4);
    const nothing = { heads: [], transfers: false };
    expect((await next).value).toEqual({ ...nothing, policies: [{ space: demo, revision: 4 }] });
    board.mergesWait((region) => region !== beijing);
    board.seedWanted('shanghai' as RegionId, demo);
    board.reportWanted(demo, { deep: true, concerns: () => true });
    board.reportWanted(demo, { deep: false, concerns: () => true });
    const report = { spaces: [demo], deep: true };
    expect((await here.next()).value).toEqual({ ...nothing, report });
    const all = { ...nothing, merges: true, policies: [{ space: demo, revision: 4 }], report, seed: plans };
    expect((await there.next()).value).toEqual(all);
    expect((await there.next()).value).toEqual({ ...nothing, seed: demo });
  });

  test('a stream ends with its reader or with the board', async () => {
    const board = createWakeUpBoard([]);
    const reader = new AbortController();
    const [left, stayed] = [board.wakeUps(beijing, reader.signal), board.wakeUps(beijing, never)];
    await Promise.all([left.next(), stayed.next()]);
    expect(board.readerCount()).toBe(2);
    const [afterLeaving, afterClosing] = [left.next(), stayed.next()];
    reader.abort();
    expect((await afterLeaving).done).toBe(true);
    expect(board.readerCount()).toBe(1);
    board.close();
    expect((await afterClosing).done).toBe(true);
    expect(board.readerCount()).toBe(0);
    expect((await board.wakeUps(beijing, never).next()).done).toBe(true);
  });
});
