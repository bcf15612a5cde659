import type { AuditEntry, AuditRecord } from '@jzse/api/hub';
import { describe, expect, test } from 'vitest';
import { chainEntries, chainStart, continueChain, recordHash, walkChain } from '../src/index.ts';

const entry = (n: number): AuditEntry => ({
  atMs: 1_000 + n,
  actor: 'wei',
  action: 'file.write',
  space: null,
  target: `/${n}`,
  address: '127.0.0.1',
  requestId: null,
  result: 'ok',
  detail: { device: 'desk', n },
});
const entries = (count: number) => Array.from({ length: count }, (_, at) => entry(at + 1));
const chain = chainEntries('beijing:1', chainStart, entries(6));
const endOf = (records: readonly AuditRecord[]) => records.at(-1) ?? null;
const end = endOf(chain);

function walk(records: readonly AuditRecord[], until = end) {
  const walking = walkChain('beijing:1');
  for (const record of records) walking.take(record);
  return walking.finish(until);
}
const without = (sequence: number) => chain.filter((record) => record.sequence !== sequence);
const altered = (sequence: number, change: Partial<AuditRecord>) =>
  chain.map((record) => (record.sequence === sequence ? { ...record, ...change } : record));
/** As somebody would who knows how hashes are made. */
const forged = (sequence: number, change: Partial<AuditRecord>) =>
  altered(sequence, change).map((record) => (record.sequence === sequence ? { ...record, hash: recordHash(record) } : record));

describe('a chain of records', () => {
  test('is the same in one part or several, and whatever order details have', () => {
    const first = chainEntries('beijing:1', chainStart, entries(3));
    const rest = chainEntries('beijing:1', first.at(-1) ?? chainStart, entries(6).slice(3));
    expect([...first, ...rest]).toEqual(chain);
    const turned = entries(6).map(({ detail, ...kept }) => ({ ...kept, detail: { n: detail['n'] ?? null, device: 'desk' } }));
    expect(chainEntries('beijing:1', chainStart, turned).at(-1)?.hash).toBe(end?.hash);
    expect(walk(chain)).toBeNull();
  });

  test('shows what was altered, in any field', () => {
    const changes: Partial<AuditRecord>[] = [
      { actor: 'lin' },
      { atMs: 5 },
      { action: 'file.read' },
      { target: null },
      { result: 'forbidden' },
      { address: null },
      { requestId: 'x' },
      { detail: {} },
      { previous: chainStart.hash },
      { writer: 'hub' },
    ];
    for (const change of changes) expect(walk(altered(3, change)), JSON.stringify(change)).toEqual({ sequence: 3, what: 'altered' });
  });

  test('shows what was altered along with its hash, by what follows', () => {
    expect(walk(forged(3, { actor: 'lin' }))).toEqual({ sequence: 3, what: 'altered' });
    expect(walk(forged(6, { actor: 'lin' })), 'the last').toEqual({ sequence: 6, what: 'altered' });
    expect(walk(forged(1, { previous: 'f'.repeat(64) })), 'the beginning').toEqual({ sequence: 1, what: 'altered' });
  });

  test('shows what was removed, wherever, and what was added', () => {
    for (const sequence of [1, 3, 6]) expect(walk(without(sequence))).toEqual({ sequence, what: 'missing' });
    expect(walk([])).toEqual({ sequence: 1, what: 'missing' });
    expect(walk(chain, null), 'its end is not known').toEqual({ sequence: 7, what: 'missing' });
    expect(walk([...chain.slice(0, 3), ...chain.slice(2)]), 'twice').toEqual({ sequence: 3, what: 'altered' });
    const longer = chainEntries('beijing:1', chainStart, entries(7));
    expect(walk(longer), 'more than its writer wrote').toEqual({ sequence: 7, what: 'altered' });
  });
});

describe('what a chain takes', () => {
  const have = endOf(chain.slice(0, 3)) ?? chainStart;

  test('what follows, without replays', () => {
    expect(continueChain(have, chain)).toEqual({ type: 'append', records: chain.slice(3) });
    expect(continueChain(have, chain.slice(0, 2))).toEqual({ type: 'append', records: [] });
    expect(continueChain(chainStart, chain)).toEqual({ type: 'append', records: chain });
  });

  test('not what leaves some out, and not what is another chain', () => {
    expect(continueChain(have, chain.slice(4))).toEqual({ type: 'gap' });
    expect(continueChain(chainStart, chain.slice(1))).toEqual({ type: 'gap' });
    const other = chainEntries('beijing:1', chainStart, [entry(9), ...entries(5)]);
    expect(continueChain(have, other)).toEqual({ type: 'break', sequence: 3 });
    expect(continueChain(have, other.slice(3))).toEqual({ type: 'break', sequence: 4 });
    expect(continueChain(have, altered(5, { actor: 'lin' }))).toEqual({ type: 'break', sequence: 5 });
    expect(continueChain(have, without(5))).toEqual({ type: 'break', sequence: 6 });
  });
});
