import { describe, expect, test } from 'vitest';
import type { Answer, Call, Operation } from '../src/linearizability/index.ts';
import { checkLinearizable, describeVerdict } from '../src/linearizability/index.ts';

const write = (path: string, value: string, condition: Extract<Call, { type: 'write' }>['condition'] = null): Call => ({
  type: 'write',
  path,
  value,
  condition,
});
const read = (path: string): Call => ({ type: 'read', path });
const move = (from: string, to: string): Call => ({ type: 'move', from, to });
const value = (text: string | null): Answer => ({ type: 'value', value: text });
const done: Answer = { type: 'done' };
const refused = (reason: Extract<Answer, { type: 'refused' }>['reason']): Answer => ({ type: 'refused', reason });

/** Client, call, the times of both, and the answer, null for none. */
type Line = readonly [client: string, call: Call, from: number, to: number, answer: Answer | null];
const history = (...lines: readonly Line[]): Operation[] =>
  lines.map(([client, call, calledAt, at, answer]) => ({ client, call, calledAt, answered: answer === null ? null : { at, answer } }));
const verdictOf = (...lines: readonly Line[]) => checkLinearizable(history(...lines)).type;

describe('a history is linearizable', () => {
  test('where overlapping operations can be put in an order that explains every answer', () => {
    expect(verdictOf()).toBe('linearizable');
    expect(
      verdictOf(
        ['a', write('/f', '1'), 1, 10, done],
        ['b', read('/f'), 2, 3, value(null)],
        ['b', read('/f'), 4, 5, value('1')],
        ['c', write('/f', '2', { type: 'value', value: '1' }), 6, 9, done],
        ['b', read('/f'), 7, 8, value('2')],
      ),
    ).toBe('linearizable');
  });

  test('where what was never answered happened late, or not at all', () => {
    const lost: Line = ['a', write('/f', '1'), 1, 0, null];
    expect(verdictOf(lost, ['b', read('/f'), 2, 3, value(null)])).toBe('linearizable');
    expect(verdictOf(lost, ['b', read('/f'), 2, 3, value(null)], ['b', read('/f'), 4, 5, value('1')])).toBe('linearizable');
  });

  test('with moves between names', () => {
    expect(
      verdictOf(
        ['a', write('/f', '1'), 1, 2, done],
        ['a', move('/f', '/g'), 3, 8, done],
        ['b', move('/f', '/h'), 4, 7, refused('unknown-path')],
        ['b', read('/g'), 9, 10, value('1')],
        ['b', write('/f', '2', { type: 'absent' }), 11, 12, done],
        ['a', move('/f', '/g'), 13, 14, refused('already-exists')],
      ),
    ).toBe('linearizable');
  });
});

describe('a history is refused', () => {
  test('where an acknowledged write is read back as what was there before', () => {
    expect(verdictOf(['a', write('/f', '1'), 1, 2, done], ['a', write('/f', '2'), 3, 4, done], ['b', read('/f'), 5, 6, value('1')])).toBe(
      'not-linearizable',
    );
  });

  test('where a value that was seen is unseen again', () => {
    expect(verdictOf(['a', write('/f', '1'), 1, 10, done], ['b', read('/f'), 2, 3, value('1')], ['c', read('/f'), 4, 5, value(null)])).toBe(
      'not-linearizable',
    );
  });

  test('where two conditional writes on one version both succeed', () => {
    const onOne = { type: 'value', value: '1' } as const;
    expect(
      verdictOf(
        ['a', write('/f', '1'), 1, 2, done],
        ['a', write('/f', '2', onOne), 3, 6, done],
        ['b', write('/f', '3', onOne), 4, 5, done],
      ),
    ).toBe('not-linearizable');
  });

  test('where one file is moved to two places, or one move is half seen', () => {
    const start: Line = ['a', write('/f', '1'), 1, 2, done];
    expect(verdictOf(start, ['a', move('/f', '/g'), 3, 5, done], ['b', move('/f', '/h'), 4, 6, done])).toBe('not-linearizable');
    expect(
      verdictOf(start, ['a', move('/f', '/g'), 3, 10, done], ['b', read('/g'), 4, 5, value('1')], ['b', read('/f'), 6, 7, value('1')]),
    ).toBe('not-linearizable');
  });

  test('where an unanswered write happened twice', () => {
    const verdict = checkLinearizable(
      history(
        ['a', write('/f', '1'), 1, 0, null],
        ['b', read('/f'), 2, 3, value('1')],
        ['b', write('/f', '2'), 4, 5, done],
        ['b', read('/f'), 6, 7, value('1')],
      ),
    );
    expect(verdict.type).toBe('not-linearizable');
    expect(describeVerdict(verdict)).toContain('b: read /f -> 1');
  });
});

test('thousands of overlapping operations are decided', () => {
  const operations: Operation[] = [];
  for (let round = 0; round < 500; round++) {
    const at = round * 100;
    for (let client = 0; client < 8; client++) {
      const call = client === 0 ? write('/f', String(round)) : read('/f');
      const answer = client === 0 ? done : value(client % 2 === 0 ? String(round) : round === 0 ? null : String(round - 1));
      operations.push({ client: String(client), call, calledAt: at + client, answered: { at: at + 50 + client, answer } });
    }
  }
  expect(checkLinearizable(operations).type).toBe('linearizable');
});
