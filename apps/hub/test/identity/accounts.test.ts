import { createAccessTokenVerifier, totpCode } from '@jzse/identity';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyLifetimeMs, keyRetiredMs } from '../../src/identity/hub-keys.ts';
import { workOnIdentity } from '../../src/identity/identity-work.ts';
import { refreshGraceMs, sessionLifetimeMs } from '../../src/identity/sessions.ts';
import { adminToken, password, startTestIdentity, startTestPostgres, type TestIdentity, type TestPostgres } from './test-identity.ts';

let postgres: TestPostgres;
let test: TestIdentity;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  test = await startTestIdentity(postgres);
});
afterEach(() => test.close());

const wrong = { code: 'wrong-credentials' };
const refresh = (refreshToken: string | null) => test.accounts.refresh({ refreshToken: refreshToken ?? '', address: '192.0.2.1' });

describe('signing in', () => {
  it('gives a session with an access token of the hub', async () => {
    await test.addUser('li.wei');
    const signedIn = await test.signIn('li.wei');
    expect(signedIn).toMatchObject({ user: 'li.wei', cookie: null, isRegional: false });
    const verify = createAccessTokenVerifier({ keyOf: test.keys.keyOf, nowMs: test.clock.now });
    expect(await verify(signedIn.accessToken)).toMatchObject({
      user: 'li.wei',
      session: signedIn.session,
      device: 'laptop',
      issuer: 'hub',
    });
    expect(await test.accounts.sessions('li.wei')).toMatchObject([{ id: signedIn.session, device: 'laptop' }]);
    expect(await test.signIn('li.wei', { wants: 'cookie' })).toMatchObject({
      refreshToken: null,
      cookie: expect.stringMatching(/^jzse_s_/),
    });
  });

  it('says no in the same words to a wrong password, an unknown name, a disabled person and a service', async () => {
    for (const user of ['li.wei', 'mei', 'robot']) await test.addUser(user, user === 'robot' ? { isService: true, password: null } : {});
    await test.people.updateUser('mei', { isDisabled: true });
    const refused = await Promise.allSettled([
      test.signIn('li.wei', { password: 'not the password' }),
      test.signIn('nobody'),
      test.signIn('mei'),
      test.signIn('robot'),
      test.signIn('owner', { password: '' }),
    ]);
    const messages = refused.map((one) => (one.status === 'rejected' ? one.reason.message : 'signed in'));
    expect(new Set(messages)).toEqual(new Set(['the name, the password or the code is wrong']));
  });

  it('wants the second factor only of who knew the password, and takes no code twice', async () => {
    await test.addUser('li.wei');
    const { secret, uri } = await test.accounts.beginTotp('li.wei');
    expect(uri).toContain(secret);
    await expect(test.accounts.confirmTotp('li.wei', '000000')).rejects.toMatchObject(wrong);
    await test.signIn('li.wei');
    await test.accounts.confirmTotp('li.wei', totpCode(secret, test.clock.now()));
    await expect(test.signIn('li.wei', { password: 'not the password' })).rejects.toMatchObject(wrong);
    await expect(test.signIn('li.wei')).rejects.toMatchObject({ code: 'second-factor-needed' });
    await expect(test.signIn('li.wei', { code: totpCode(secret, test.clock.now()) })).rejects.toMatchObject(wrong);
    test.clock.pass(30_000);
    const code = totpCode(secret, test.clock.now());
    await test.signIn('li.wei', { code });
    await expect(test.signIn('li.wei', { code })).rejects.toMatchObject(wrong);
    await expect(test.accounts.removeTotp('li.wei', 'not the password')).rejects.toMatchObject(wrong);
    await test.accounts.removeTotp('li.wei', password);
    await test.signIn('li.wei');
  });

  it('makes whoever guesses wait, and nobody else', async () => {
    await test.addUser('li.wei');
    const guess = () => test.signIn('li.wei', { password: 'not the password' });
    for (let at = 0; at < 10; at++) await expect(guess()).rejects.toMatchObject(wrong);
    await expect(guess()).rejects.toMatchObject({ code: 'too-many-requests', detail: { retryAfterS: expect.any(Number) } });
    await expect(test.signIn('li.wei')).rejects.toMatchObject({ code: 'too-many-requests' });
    await test.signIn('li.wei', { address: '192.0.2.2' });
    test.clock.pass(15 * 60_000);
    for (let at = 0; at < 12; at++) await test.signIn('li.wei');
  });
});

describe('a session', () => {
  it('goes on with the next refresh token, which is good once', async () => {
    await test.addUser('li.wei');
    const first = await test.signIn('li.wei');
    const second = await refresh(first.refreshToken);
    expect(second.session).toBe(first.session);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    const third = await refresh(second.refreshToken);
    test.clock.pass(sessionLifetimeMs - 1);
    const fourth = await refresh(third.refreshToken);
    test.clock.pass(sessionLifetimeMs);
    await expect(refresh(fourth.refreshToken)).rejects.toMatchObject(wrong);
  });

  it('gives the same next token again when the answer was lost, also to many at once', async () => {
    await test.addUser('li.wei');
    const { refreshToken } = await test.signIn('li.wei');
    const all = await Promise.all(Array.from({ length: 5 }, () => refresh(refreshToken)));
    expect(new Set(all.map((one) => one.refreshToken)).size).toBe(1);
    test.clock.pass(refreshGraceMs);
    expect((await refresh(refreshToken)).refreshToken).toBe(all[0]?.refreshToken);
  });

  it('ends when a refresh token comes back that was used: somebody has stolen it', async () => {
    await test.addUser('li.wei');
    const stolen = (await test.signIn('li.wei')).refreshToken;
    const own = (await refresh(stolen)).refreshToken;
    test.clock.pass(refreshGraceMs + 1);
    await expect(refresh(stolen)).rejects.toMatchObject(wrong);
    await expect(refresh(own)).rejects.toMatchObject(wrong);
    expect(await test.accounts.sessions('li.wei')).toEqual([]);
  });

  it('does not end by a token that was made up', async () => {
    await test.addUser('li.wei');
    const { refreshToken, session } = await test.signIn('li.wei');
    for (const made of [`jzse_r_${session}_${'A'.repeat(43)}`, `${refreshToken?.slice(0, -4)}AAAA`, 'jzse_r_', '']) {
      await expect(refresh(made)).rejects.toMatchObject(wrong);
    }
    await refresh(refreshToken);
  });

  it('ends for all other devices with a new password, and for all with a reset', async () => {
    await test.addUser('li.wei');
    const [here, there] = [await test.signIn('li.wei'), await test.signIn('li.wei')];
    const change = (old: string, next: string) => test.accounts.changePassword({ user: 'li.wei', session: here.session, old, next });
    await expect(change('not the password', 'another good one')).rejects.toMatchObject(wrong);
    await expect(change(password, 'short')).rejects.toMatchObject({ code: 'invalid-input' });
    await change(password, 'another good one');
    await expect(refresh(there.refreshToken)).rejects.toMatchObject(wrong);
    const next = await refresh(here.refreshToken);
    await expect(test.signIn('li.wei')).rejects.toMatchObject(wrong);
    await test.people.resetPassword('li.wei', 'given by the admin');
    await expect(refresh(next.refreshToken)).rejects.toMatchObject(wrong);
    await test.signIn('li.wei', { password: 'given by the admin' });
  });

  it('is ended by its person only, and all end with who is disabled', async () => {
    await test.addUser('li.wei');
    await test.addUser('mei');
    const { session, refreshToken } = await test.signIn('li.wei');
    await test.accounts.revokeSession('mei', session);
    await refresh(refreshToken);
    await test.accounts.revokeSession('li.wei', session);
    expect(await test.accounts.sessions('li.wei')).toEqual([]);
    await test.signIn('li.wei');
    await test.people.updateUser('li.wei', { isDisabled: true });
    expect(await test.accounts.sessions('li.wei')).toEqual([]);
  });

  it('is one of a hundred at most, and gone from the directory when its time is over', async () => {
    await test.addUser('li.wei');
    for (let at = 0; at < 101; at++) {
      await test.sessions.open('li.wei', { device: `${at}`, wants: 'cookie' });
      test.clock.pass(1);
    }
    const devices = (await test.accounts.sessions('li.wei')).map(({ device }) => device);
    expect(devices).toHaveLength(100);
    expect(devices).not.toContain('0');
    test.clock.pass(sessionLifetimeMs);
    await workOnIdentity({ ...test, nowMs: test.clock.now }, () => false);
    expect(await test.directory.list('session', { after: null, limit: 10 })).toEqual([]);
  });
});

describe('the first admin', () => {
  it('has the token that the hub was started with, and what was changed since stays', async () => {
    expect(await test.directory.get('user', 'owner')).toMatchObject({ isAdmin: true });
    await test.addUser('mei', { isAdmin: true });
    await test.people.updateUser('owner', { isAdmin: false });
    const before = await test.store.head();
    await test.compose(adminToken);
    expect(await test.store.head()).toEqual(before);
    expect(await test.directory.get('user', 'owner')).toMatchObject({ isAdmin: false });
    await test.compose('another-token-after-a-restart');
    expect((await test.directory.list('token', { after: null, limit: 10 })).map(({ id }) => id)).toEqual(['first-admin']);
  });

  it('may not be the last one to go', async () => {
    await expect(test.people.updateUser('owner', { isDisabled: true })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(test.people.updateUser('owner', { isAdmin: false })).rejects.toMatchObject({ code: 'invalid-input' });
    await test.addUser('mei', { isAdmin: true });
    await Promise.allSettled(['owner', 'mei'].map((user) => test.people.updateUser(user, { isAdmin: false })));
    expect(await test.directory.find('user', 'admin')).toHaveLength(1);
  });
});

it('makes a new key every month, signs with it when regions know it, and knows the old one for a day', async () => {
  const old = test.keys.current().kid;
  test.clock.pass(keyLifetimeMs);
  await test.keys.renew();
  expect(test.keys.jwks().keys).toHaveLength(2);
  expect(test.keys.current().kid).toBe(old);
  test.clock.pass(10 * 60_000);
  expect(test.keys.current().kid).not.toBe(old);
  expect(await test.keys.keyOf(old)).not.toBeNull();
  test.clock.pass(keyRetiredMs);
  await test.keys.renew();
  expect(await test.keys.keyOf(old)).toBeNull();
  expect(await test.directory.get('key', old)).toBeNull();
  expect(JSON.stringify(test.keys.jwks())).not.toContain('"d"');
});
