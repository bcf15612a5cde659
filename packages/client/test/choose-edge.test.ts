import { describe, expect, test } from 'vitest';
import { chooseEdge, type EdgeChoice, type EdgeState } from '../src/nearest/choose-edge.ts';

const limits = { nearerFactor: 1.5, nearerByMs: 10, nearerForMs: 30_000 };
const edge = (url: string, roundTripMs: number | null, change: Partial<EdgeState> = {}): EdgeState => ({
  url,
  roundTripMs,
  isUp: true,
  healthy: true,
  load: 0,
  ...change,
});
const down = { isUp: false };
const at = (url: string, rival: EdgeChoice['rival'] = null): EdgeChoice => ({ url, rival });
const choose = (edges: readonly EdgeState[], present: EdgeChoice | null = null, nowMs = 0) => chooseEdge(edges, { present, nowMs, limits });

describe('with nothing to stay at', () => {
  test('the nearest that is up is chosen', () => {
    expect(choose([edge('a', 40), edge('b', 5), edge('c', 90)])).toEqual(at('b'));
    expect(choose([edge('a', 40), edge('b', 5, down), edge('c', 90)])).toEqual(at('a'));
    expect(choose([edge('a', null), edge('b', 90)])).toEqual(at('b'));
  });
  test('of those that are as near, the one with the least to do, else the first', () => {
    expect(choose([edge('a', 9), edge('b', 5)])).toEqual(at('a'));
    expect(choose([edge('a', 9, { load: 7 }), edge('b', 5, { load: 3 }), edge('c', 80)])).toEqual(at('b'));
  });
  test('one that the hub does not hear comes after all that it hears', () => {
    expect(choose([edge('a', 5, { healthy: false }), edge('b', 90)])).toEqual(at('b'));
    expect(choose([edge('a', 5, { healthy: false }), edge('b', 90, down)])).toEqual(at('a'));
  });
  test('there may be none, or none that is up', () => {
    expect(choose([])).toBeNull();
    expect(choose([edge('a', 5, down), edge('b', 1, down)])).toEqual(at('a'));
  });
});

describe('hysteresis', () => {
  test('what is a little nearer, by share or by time, changes nothing', () => {
    expect(choose([edge('a', 100), edge('b', 70)], at('a'))).toEqual(at('a'));
    expect(choose([edge('a', 9), edge('b', 1)], at('a'))).toEqual(at('a'));
  });
  test('what is clearly nearer wins after a while, and only without a break', () => {
    const edges = [edge('a', 100), edge('b', 20)];
    const first = choose(edges, at('a'), 1_000);
    expect(first).toEqual(at('a', { url: 'b', sinceMs: 1_000 }));
    expect(choose(edges, first, 30_999)).toEqual(first);
    expect(choose(edges, first, 31_000)).toEqual(at('b'));
    const broken = choose([edge('a', 100), edge('b', 90)], first, 20_000);
    expect(broken).toEqual(at('a'));
    expect(choose(edges, broken, 31_000)).toEqual(at('a', { url: 'b', sinceMs: 31_000 }));
  });
  test('another rival begins anew', () => {
    const first = choose([edge('a', 100), edge('b', 20), edge('c', 30)], at('a'), 0);
    expect(choose([edge('a', 100), edge('b', 40), edge('c', 20)], first, 40_000)).toEqual(at('a', { url: 'c', sinceMs: 40_000 }));
  });
  test('two that take turns at being nearer never move anybody', () => {
    let choice: EdgeChoice | null = at('a');
    for (let nowMs = 0; nowMs < 3_600_000; nowMs += 15_000) {
      const isOdd = (nowMs / 15_000) % 2 === 1;
      choice = choose([edge('a', isOdd ? 100 : 20), edge('b', isOdd ? 20 : 100)], choice, nowMs);
      expect(choice?.url).toBe('a');
    }
  });
});

describe('failure', () => {
  test('an edge that is down is left at once, and gone back to when it has been up for a while', () => {
    const failed = choose([edge('a', 5, down), edge('b', 40), edge('c', 90)], at('a'), 0);
    expect(failed).toEqual(at('b'));
    const healed = [edge('a', 5), edge('b', 40), edge('c', 90)];
    const waiting = choose(healed, failed, 1_000);
    expect(waiting).toEqual(at('b', { url: 'a', sinceMs: 1_000 }));
    expect(choose(healed, waiting, 31_000)).toEqual(at('a'));
  });
  test('when all are down it stays where it is, and an edge that is no more is left', () => {
    expect(choose([edge('a', 5, down), edge('b', 40, down)], at('b'))).toEqual(at('b'));
    expect(choose([edge('a', 50)], at('gone'))).toEqual(at('a'));
  });
});
