import type { FinishedCall, Principal } from '@jzse/api';
import type { AuditEntry } from '@jzse/api/hub';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAuditLog } from '../src/audit/audit-log.ts';
import { describeCall } from '../src/audit/describe-call.ts';
import { createSeldom } from '../src/audit/seldom.ts';

const entry = (n: number): AuditEntry => {
  const nowhere = { space: null, target: null, address: null, requestId: null };
  return { ...nowhere, atMs: n, actor: 'wei', action: 'file.write', result: 'ok', detail: { n } };
};
const person: Principal = {
  type: 'user',
  user: 'owner',
  device: 'desk',
  isAdmin: true,
  session: 's',
  token: null,
  scopes: null,
  spaces: null,
  isRegional: false,
  issuedMs: 0,
};

describe('the log of what was done', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function openLog() {
    const batches: AuditEntry[][] = [];
    const failures: unknown[] = [];
    const disk = { isFull: false };
    const log = createAuditLog({
      append: async (batch) => {
        if (disk.isFull) throw new Error('full');
        batches.push([...batch]);
      },
      nowMs: () => 0,
      onFailure: (cause) => void failures.push(cause),
    });
    return { log, batches, failures, disk };
  }

  test('is written in batches, within 50 ms, in order', async () => {
    const { log, batches } = openLog();
    for (let n = 0; n < 1_100; n++) log.note(entry(n));
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(50);
    expect(batches.map((batch) => batch.length)).toEqual([500, 500, 100]);
    expect(batches.flat().map(({ atMs }) => atMs)).toEqual(Array.from({ length: 1_100 }, (_, n) => n));
  });

  test('keeps what cannot be written, so many; how many it could not keep it says', async () => {
    const { log, batches, failures, disk } = openLog();
    disk.isFull = true;
    for (let n = 0; n < 20_003; n++) log.note(entry(n));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(failures, 'said once').toHaveLength(1);
    disk.isFull = false;
    await vi.advanceTimersByTimeAsync(1_000);
    const written = batches.flat();
    expect(written.filter(({ action }) => action === 'file.write')).toHaveLength(20_000);
    expect(written.filter(({ action }) => action === 'audit.lost')).toMatchObject([{ detail: { records: 3 } }]);
  });

  test('is whole when it has stopped', async () => {
    const { log, batches } = openLog();
    log.note(entry(1));
    log.note(entry(2));
    await log.stop();
    expect(batches.flat()).toHaveLength(2);
  });
});

describe('what a call did', () => {
  const call = (path: string, input: unknown, answer: unknown = undefined): FinishedCall => ({
    path,
    type: 'mutation',
    input,
    answer,
    result: 'ok',
  });

  test('is told by fields that are no secrets, and no others', () => {
    const hidden = ['password', 'old', 'next', 'token', 'code', 'refreshToken', 'secret', 'publicKey', 'content', 'anything'];
    const input = Object.fromEntries(hidden.map((name) => [name, `secret-${name}`]));
    const answer = { id: 'made-1', token: 'secret-answer', secret: 'secret-answer', address: '/l/made-1/secret-answer' };
    const told = describeCall(call('people.createUser', { ...input, user: 'wei', isAdmin: false }, answer), person);
    expect(told).toMatchObject({ action: 'people.createUser', target: 'wei', detail: { user: 'wei', isAdmin: false, made: 'made-1' } });
    expect(JSON.stringify(told)).not.toContain('secret-');
  });

  test('is told whatever the input is', () => {
    for (const input of [undefined, null, 'text', 7, [], { path: 7, files: 'no', user: {}, subject: 'x', of: null }]) {
      expect(describeCall(call('move', input), person)).toMatchObject({ action: 'move', space: null, target: null });
    }
  });

  test('names the first of many files, and some of the others', () => {
    const files = Array.from({ length: 300 }, (_, n) => ({ path: `/f${n}` }));
    const told = describeCall(call('commitFiles', { space: 'demo', files }), person);
    expect(told).toMatchObject({ space: 'demo', target: '/f0', detail: { files: 300, more: expect.stringMatching(/^\/f1\n\/f2\n/) } });
    expect(String(told.detail?.['more']).length).toBeLessThanOrEqual(2_000);
  });

  test('is its person’s where a region asks for one', () => {
    const region = { type: 'region', region: 'beijing', space: null } as unknown as Principal;
    const told = describeCall(
      call('sharing.setMember', { space: 'demo', actor: 'wei', subject: { type: 'group', group: 'staff' } }),
      region,
    );
    expect(told).toMatchObject({ actor: 'wei', target: 'group/staff', detail: { region: 'beijing' } });
    expect(describeCall(call('accounts.signIn', { user: ' Li.Wei ' }), { type: 'anonymous' })).toMatchObject({ actor: 'li.wei' });
    expect(describeCall(call('people.createUser', { user: 'mei' }), person).actor).toBeNull();
  });
});

test('what comes again and again is told once a minute, and what is remembered is bounded', () => {
  let nowMs = 0;
  const isNews = createSeldom(60_000, () => nowMs);
  expect([isNews('a'), isNews('a'), isNews('b')]).toEqual([true, false, true]);
  nowMs = 60_000;
  expect([isNews('a'), isNews('a')]).toEqual([true, false]);
  for (let n = 0; n < 10_000; n++) isNews(`other-${n}`);
  expect(isNews('a'), 'forgotten, so told again').toBe(true);
});
