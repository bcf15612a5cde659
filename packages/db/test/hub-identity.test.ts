import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DirectoryChange, DirectoryChanged, type IdentityStore, openIdentityStore } from '../src/hub/index.ts';
import { startTestPostgres, type TestPostgres } from './test-postgres.ts';

let postgres: TestPostgres;
let store: IdentityStore;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  store = await openIdentityStore({ databaseUrl: await postgres.createDatabase() });
});
afterEach(() => store.close());

const change = (kind: string, key: string, rest: Partial<DirectoryChange> = {}): DirectoryChange => ({
  kind,
  key,
  state: { key },
  space: null,
  person: null,
  terms: [],
  ...rest,
});
const user = (name: string, isAdmin = false) => change('user', name, { state: { user: name, isAdmin }, person: name });
const session = (id: string, person: string) => change('session', id, { person, terms: [`user/${person}`] });
const member = (space: string, subject: string, isMember = true) =>
  change('member', `${space}/${subject}`, { space, terms: [subject, `space/${space}`], ...(isMember ? {} : { state: null }) });
const group = (name: string, people: readonly string[]) =>
  change('group', name, { state: { people }, terms: people.map((person) => `user/${person}`) });
const placement = (space: string, region: string, is: string) =>
  change('placement', `${space}/${region}`, { state: { placement: is }, space, terms: [`region/${region}`] });

/** What a region has copied, page by page. */
function createCopy(region: string) {
  const states = new Map<string, object>();
  let after = 0;
  return {
    keys: () => [...states.keys()].sort(),
    follow: async (limit = 3) => {
      for (;;) {
        const { records, revision, isLast } = await store.pageForRegion({ region, after, limit });
        for (const { kind, key, state } of records) {
          if (state === null) states.delete(`${kind} ${key}`);
          else states.set(`${kind} ${key}`, state);
        }
        after = revision;
        if (isLast) return;
      }
    },
  };
}

describe('the directory', () => {
  it('takes changes in order, keeps the last state of each, and has a life', async () => {
    const { life, revision } = await store.head();
    expect(life).toMatch(/^[0-9a-f]{32}$/);
    expect(revision).toBe(0);
    expect(await store.put([user('li.wei'), user('owner', true)])).toBe(2);
    expect(await store.put([user('li.wei')])).toBe(2);
    expect(await store.get('user', 'li.wei')).toMatchObject({ revision: 1, state: { user: 'li.wei', isAdmin: false } });
    expect(await store.get('user', 'nobody')).toBeNull();
    expect((await store.list('user', { after: null, limit: 1 })).map(({ key }) => key)).toEqual(['li.wei']);
    expect((await store.list('user', { after: 'li.wei', limit: 9 })).map(({ key }) => key)).toEqual(['owner']);
  });

  it('finds records by terms until they are gone', async () => {
    await store.put([session('s1', 'li.wei'), session('s2', 'li.wei')]);
    expect((await store.find('session', 'user/li.wei')).map(({ key }) => key)).toEqual(['s1', 's2']);
    await store.put([{ ...session('s1', 'li.wei'), state: null }]);
    expect((await store.find('session', 'user/li.wei')).map(({ key }) => key)).toEqual(['s2']);
  });

  it('makes all of a change or nothing, and refuses one that was decided on something else', async () => {
    await store.put([user('li.wei')]);
    const was = (await store.get('user', 'li.wei'))?.state ?? null;
    const raced = Array.from({ length: 8 }, (_, at) =>
      store.put([group(`g${at}`, []), { ...user('li.wei'), state: { user: 'li.wei', at }, was }]),
    );
    const settled = await Promise.allSettled(raced);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of settled) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(DirectoryChanged);
    expect(await store.list('group', { after: null, limit: 100 })).toHaveLength(1);
  });

  it('gives each of many changes at once a revision of its own, in the order of commits', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, at) => store.put([user(`u${at}`, true)])));
    const copy = createCopy('beijing');
    await copy.follow(7);
    expect(copy.keys()).toHaveLength(40);
    expect((await store.head()).revision).toBeGreaterThanOrEqual(40);
  });
});

describe('what a region is told', () => {
  it('is what concerns its spaces, and admins', async () => {
    const copy = createCopy('beijing');
    await store.put([user('owner', true), user('li.wei'), session('s1', 'li.wei'), user('stranger'), session('s2', 'stranger')]);
    await store.put([member('demo', 'user/li.wei'), group('design', ['li.wei']), change('key', 'k1')]);
    await copy.follow();
    expect(copy.keys()).toEqual(['key k1', 'member demo/user/li.wei', 'session s1', 'user li.wei', 'user owner']);
  });

  it('follows who becomes, and who is no longer, a member', async () => {
    const copy = createCopy('beijing');
    await store.put([user('li.wei'), session('s1', 'li.wei'), user('mei'), session('s2', 'mei'), group('design', ['mei'])]);
    await copy.follow();
    expect(copy.keys()).toEqual([]);
    await store.put([member('demo', 'user/li.wei'), member('demo', 'group/design')]);
    await copy.follow();
    const all = [
      'group design',
      'member demo/group/design',
      'member demo/user/li.wei',
      'session s1',
      'session s2',
      'user li.wei',
      'user mei',
    ];
    expect(copy.keys()).toEqual(all);
    await store.put([group('design', ['li.wei'])]);
    await copy.follow();
    expect(copy.keys()).toEqual(all.filter((key) => !['session s2', 'user mei'].includes(key)));
    await store.put([member('demo', 'group/design', false), member('demo', 'user/li.wei', false)]);
    await copy.follow();
    expect(copy.keys()).toEqual([]);
  });

  it('follows who becomes an admin', async () => {
    const copy = createCopy('beijing');
    await store.put([user('li.wei'), session('s1', 'li.wei')]);
    await copy.follow();
    await store.put([user('li.wei', true)]);
    await copy.follow();
    expect(copy.keys()).toEqual(['session s1', 'user li.wei']);
  });

  it('leaves out a space that is not placed there, with everybody who is only in it', async () => {
    const [beijing, shanghai] = [createCopy('beijing'), createCopy('shanghai')];
    await store.put([user('li.wei'), session('s1', 'li.wei'), user('mei'), group('design', ['mei'])]);
    await store.put([member('plans', 'user/li.wei'), member('plans', 'group/design'), change('link', 'l1', { space: 'plans' })]);
    await beijing.follow();
    const all = beijing.keys();
    expect(all).toHaveLength(7);
    await store.put([placement('plans', 'beijing', 'none')]);
    await Promise.all([beijing.follow(), shanghai.follow()]);
    expect(beijing.keys()).toEqual(['placement plans/beijing']);
    expect(shanghai.keys()).toEqual([...all, 'placement plans/beijing'].sort());
    await store.put([placement('plans', 'beijing', 'cache')]);
    await beijing.follow();
    expect(beijing.keys()).toEqual(shanghai.keys());
  });

  it('ends at the head even when nothing is new', async () => {
    expect(await store.pageForRegion({ region: 'beijing', after: 0, limit: 5 })).toMatchObject({ records: [], revision: 0, isLast: true });
    await store.put([user('a'), user('b')]);
    expect(await store.pageForRegion({ region: 'beijing', after: 0, limit: 2 })).toMatchObject({ revision: 2, isLast: false });
    expect(await store.pageForRegion({ region: 'beijing', after: 2, limit: 2 })).toMatchObject({ records: [], revision: 2, isLast: true });
  });
});

describe('secrets of the hub', () => {
  it('are kept, and gone when dropped', async () => {
    expect(await store.refreshSecret()).toBe(await store.refreshSecret());
    const key = { id: 'k1', publicKey: 'x', privateKey: 'd', createdMs: 5 };
    await store.addSigningKey(key);
    expect(await store.signingKeys()).toEqual([key]);
    await store.dropSigningKeys(['k1']);
    expect(await store.signingKeys()).toEqual([]);
  });

  it('know how far a session is, and never go back', async () => {
    expect(await store.session('s1')).toBeNull();
    await store.noteRotation('s1', { generation: 2, atMs: 20 });
    await store.noteRotation('s1', { generation: 1, atMs: 30 });
    expect(await store.session('s1')).toEqual({ generation: 2, rotatedMs: 20 });
    await store.dropSessions(['s1']);
    expect(await store.session('s1')).toBeNull();
  });

  it('take no code twice', async () => {
    await store.setPendingTotp('li.wei', 'SECRET');
    expect(await store.pendingTotp('li.wei')).toBe('SECRET');
    expect(await Promise.all([store.takeTotpStep('li.wei', 7), store.takeTotpStep('li.wei', 7)])).toContain(false);
    expect(await store.takeTotpStep('li.wei', 6)).toBe(false);
    expect(await store.takeTotpStep('li.wei', 8)).toBe(true);
    expect(await store.lastTotpStep('li.wei')).toBe(8);
    await store.forgetTotp('li.wei');
    expect(await store.lastTotpStep('li.wei')).toBeNull();
  });

  it('remember whom another provider vouches for', async () => {
    await store.linkSubject('https://id.example', '42', 'li.wei');
    await store.linkSubject('https://id.example', '42', 'owner');
    expect(await store.personOfSubject('https://id.example', '42')).toBe('li.wei');
    expect(await store.personOfSubject('https://other.example', '42')).toBeNull();
  });
});
