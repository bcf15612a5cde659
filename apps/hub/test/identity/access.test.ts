import type { AccessRule } from '@jzse/api';
import { hubAccess } from '@jzse/api/hub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestHub, type TestHub, testFolder, token } from '../test-hub.ts';
import { bearer, type Caller, callerOf, enrolRegion } from './test-fleet.ts';

const password = 'correct horse battery';
const folder = testFolder();
let hub: TestHub;
let first: Caller;
const callers = new Map<string, Caller>();

/** Makes a person, and signs in. */
async function addPerson(user: string, isAdmin = false): Promise<{ readonly caller: Caller; readonly session: string }> {
  expect((await first.call('people.createUser', { user, password, isAdmin })).code).toBeNull();
  const { data, code } = await callerOf(hub.url, {}).call('accounts.signIn', { user, password, device: 'test', wants: 'refresh-token' });
  expect(code).toBeNull();
  const { accessToken, session } = data as { readonly accessToken: string; readonly session: string };
  return { caller: callerOf(hub.url, bearer(accessToken)), session };
}

beforeAll(async () => {
  hub = await startTestHub(folder.path, { JZSE_RATE_ANONYMOUS: 'off' });
  first = callerOf(hub.url, bearer(token));
  callers.set('nobody', callerOf(hub.url, {}));
  for (const role of ['reader', 'editor', 'manager']) {
    const { caller } = await addPerson(role);
    const member = { space: 'demo', subject: { type: 'user', user: role }, role };
    expect((await first.call('sharing.setMember', member)).code).toBeNull();
    callers.set(role, caller);
  }
  callers.set('stranger', (await addPerson('stranger')).caller);
  callers.set('admin', (await addPerson('mei', true)).caller);
  const revoked = await addPerson('gone');
  expect((await first.call('people.updateUser', { user: 'gone', change: { isDisabled: true } })).code).toBeNull();
  callers.set('revoked person', revoked.caller);

  for (const region of ['beijing', 'shanghai', 'shenzhen']) {
    callers.set(region, callerOf(hub.url, bearer(await (await enrolRegion(hub.url, first, region)).proof())));
  }
  expect((await first.call('fleet.setPlacement', { space: 'demo', region: 'shanghai', placement: 'none' })).code).toBeNull();
  expect((await first.call('fleet.revokeRegion', { region: 'shenzhen' })).code).toBeNull();
});
afterAll(async () => {
  await hub?.end('SIGTERM');
  folder.remove();
});

const people = { reader: ['list', 'read'], editor: ['list', 'read', 'write'], manager: ['list', 'read', 'write', 'manage'] } as const;
type Expected = 'passes' | 'unauthenticated' | 'forbidden' | 'unknown-space';

const onlyAnyone = ({ who }: AccessRule): Expected => (who === 'anyone' ? 'passes' : 'unauthenticated');

/** What each caller should hear of a call about the space demo and, if not itself, the region that is named. */
const expectations: Record<string, { readonly names?: string; readonly hears: (rule: AccessRule) => Expected }> = {
  nobody: { hears: onlyAnyone },
  // Whose credential counts no more may sign in again.
  'revoked person': { hears: onlyAnyone },
  shenzhen: { hears: onlyAnyone },
  stranger: { hears: (rule) => (rule.who === 'space' ? 'unknown-space' : isFor(rule, 'anyone', 'signed-in')) },
  admin: {
    hears: (rule) => (rule.who === 'space' ? 'unknown-space' : isFor(rule, 'anyone', 'signed-in', 'admin', 'region-or-admin')),
  },
  ...Object.fromEntries(
    Object.entries(people).map(([role, actions]) => [
      role,
      {
        hears: (rule: AccessRule) =>
          rule.who === 'space' && (actions as readonly string[]).includes(rule.action) ? 'passes' : isFor(rule, 'anyone', 'signed-in'),
      },
    ]),
  ),
  beijing: { names: 'beijing', hears: (rule) => isFor(rule, 'anyone', 'signed-in', 'region', 'region-or-admin', 'space') },
  // The space is not placed there.
  shanghai: {
    names: 'shanghai',
    hears: (rule) => (rule.who === 'admin' ? 'forbidden' : rule.who === 'anyone' ? 'passes' : 'unknown-space'),
  },
};

const isFor = ({ who }: AccessRule, ...allowed: readonly AccessRule['who'][]): Expected => (allowed.includes(who) ? 'passes' : 'forbidden');

const refusals: readonly string[] = ['unauthenticated', 'forbidden', 'unknown-space'];
/** Not enough for any procedure that does something: whoever is let in is told so. */
const input = (region: string) => ({ space: 'demo', region, isNothingElse: true });
const doesSomethingWith: ReadonlySet<string> = new Set([
  'createSpace',
  'rebuild',
  'noteBackup',
  'fleet.revokeRegion',
  'fleet.addRegion',
  'accounts.signOut',
]);

describe.each(Object.entries(expectations))('%s', (name, { names = 'nowhere', hears }) => {
  it('may call exactly what the table says', async () => {
    const caller = callers.get(name);
    if (caller === undefined) throw new Error(`there is no ${name}`);
    const heard: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const [path, { rule }] of Object.entries(hubAccess)) {
      expected[path] = hears(rule);
      const isDangerous = doesSomethingWith.has(path) && expected[path] === 'passes';
      const { code } = await caller.call(path, isDangerous ? { space: 7, region: 7, session: 7 } : input(names));
      heard[path] = refusals.includes(code ?? '') ? (code ?? '') : 'passes';
    }
    expect(heard).toEqual(expected);
  });
});

it("a region's key speaks for no other region", async () => {
  for (const [path, { rule }] of Object.entries(hubAccess)) {
    if (rule.who !== 'region') continue;
    expect([path, (await callers.get('beijing')?.call(path, input('shanghai')))?.code]).toEqual([path, 'forbidden']);
  }
});

it('nobody learns of a space without a role in it', async () => {
  const spaces = async (name: string) => (await callers.get(name)?.call('listSpaces', {}))?.data;
  expect(await spaces('reader')).toEqual(['demo']);
  expect(await spaces('stranger')).toEqual([]);
  expect(await spaces('admin')).toEqual([]);
  expect(await spaces('shanghai')).toEqual([]);
  const [there, nowhere] = await Promise.all(['demo', 'nowhere'].map((space) => callers.get('stranger')?.call('policy', { space })));
  expect([there?.status, there?.code]).toEqual([nowhere?.status, nowhere?.code]);
});

it('whoever makes a space manages it', async () => {
  expect((await callers.get('admin')?.call('createSpace', { space: 'plans' }))?.code).toBeNull();
  expect((await callers.get('admin')?.call('sharing.members', { space: 'plans' }))?.data).toEqual([
    { subject: { type: 'user', user: 'mei' }, role: 'manager' },
  ]);
  expect((await callers.get('manager')?.call('sharing.members', { space: 'plans' }))?.code).toBe('unknown-space');
});

it('a region makes no token for its people that is wider than itself', async () => {
  const make = (region: string, rest: object) => callers.get(region)?.call('accounts.createToken', { user: 'owner', name: 'x', ...rest });
  expect((await make('beijing', { scopes: ['admin'] }))?.code).toBe('forbidden');
  expect((await make('shanghai', { spaces: ['demo'] }))?.code).toBe('unknown-space');
  const made = (await make('shanghai', {}))?.data as { readonly token: string };
  const narrow = callerOf(hub.url, bearer(made.token));
  expect((await narrow.call('people.users', {})).code).toBe('forbidden');
  expect((await narrow.call('policy', { space: 'demo' })).code).toBe('unknown-space');
});
