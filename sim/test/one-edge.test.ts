import { describe, expect, test } from 'vitest';
import { describeVerdict } from '../src/linearizability/index.ts';
import { type EdgeFault, runOneEdge } from '../src/linearizability/run-one-edge.ts';

const seeds = 30;

test(`${seeds} histories of one edge whose process dies now and then are linearizable`, async () => {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= seeds; seed++) {
    const { operations, verdict } = await runOneEdge(seed);
    expect(verdict.type, `seed ${seed}: ${describeVerdict(verdict)}`).toBe('linearizable');
    for (const { call, answered } of operations) kinds.add(`${call.type} ${answered === null ? 'no answer' : answered.answer.type}`);
  }
  for (const kind of ['read value', 'write done', 'write refused', 'write no answer', 'delete done', 'move done', 'move refused'])
    expect(kinds).toContain(kind);
});

describe('an edge is found out', () => {
  test.each<EdgeFault>(['reads-are-old', 'condition-checked-before'])('%s', async (fault) => {
    const found: number[] = [];
    for (let seed = 1; seed <= seeds && found.length === 0; seed++)
      if ((await runOneEdge(seed, fault)).verdict.type === 'not-linearizable') found.push(seed);
    expect(found).toHaveLength(1);
  });
});
