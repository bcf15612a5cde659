import { JzseError } from '@jzse/api';
import { createPasswords, newTotpSecret, totpCode } from '@jzse/identity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, problemOf, space, startTrustedEdge, type TrustedEdge } from './trusted-edge.ts';

const password = 'a long password';
const totpSecret = newTotpSecret();
let edge: TrustedEdge;

beforeAll(async () => {
  edge = await startTrustedEdge();
  const passwordHash = await createPasswords().hash(password);
  edge.person('wei', { passwordHash });
  edge.person('mei', { passwordHash, totpSecret });
  edge.person('robot', { passwordHash, isService: true });
  edge.member('wei', 'editor');
  edge.member('mei', 'reader');
  await edge.settled();
  await edge.hub.stop();
});
afterAll(async () => {
  await edge.hub.start();
  await edge.stop();
});

const signIn = (user: string, change: { readonly password?: string; readonly code?: string } = {}) =>
  edge.calls(null).accounts.signIn.mutate({ user, password, device: 'phone', ...change });

test('people sign in, read and write, and the session says that it is regional', async () => {
  const signedIn = await signIn(' Wei ');
  expect(signedIn).toMatchObject({ user: 'wei', isRegional: true, cookie: null });
  const put = await edge.fetch(`/files/${space}/away.txt`, signedIn.accessToken, { method: 'PUT', body: 'away' });
  expect(put.status).toBe(201);
  expect(await (await edge.fetch(`/files/${space}/away.txt`, signedIn.accessToken)).text()).toBe('away');
  expect(await edge.calls(signedIn.accessToken).accounts.whoami.query()).toMatchObject({
    user: 'wei',
    device: 'phone',
    isRegional: true,
    spaces: [{ space, role: 'editor' }],
  });
  expect((await edge.calls(signedIn.accessToken).stat.query({ space, path: '/away.txt' })).author?.device).toBe('phone');
});

test('a refresh token goes on, and ends with signing out', async () => {
  const { refreshToken, accessToken } = await signIn('wei');
  const refreshed = await edge.calls(null).accounts.refresh.mutate({ refreshToken: refreshToken ?? '' });
  expect(await problemOf(await edge.fetch(`/files/${space}/`, refreshed.accessToken))).toBe('ok');
  expect((await edge.calls(accessToken).accounts.sessions.query()).length).toBeGreaterThan(0);
  await edge.calls(accessToken).accounts.signOut.mutate();
  expect(await problemOf(await edge.fetch(`/files/${space}/`, refreshed.accessToken))).toBe('unauthenticated');
  expect(await codeOf(edge.calls(null).accounts.refresh.mutate({ refreshToken: refreshToken ?? '' }))).toBe('wrong-credentials');
});

test('a browser gets a cookie', async () => {
  const open = (body: unknown) =>
    edge.fetch('/session', null, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  expect(await problemOf(await open({ user: 'wei', password: 'wrong password' }))).toBe('wrong-credentials');
  const opened = await open({ user: 'wei', password });
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
  const seen = () => edge.fetch(`/files/${space}/`, null, { headers: { cookie } });
  expect(await problemOf(await seen())).toBe('ok');
  await edge.fetch('/session', null, { method: 'DELETE', headers: { cookie } });
  expect(await problemOf(await seen())).toBe('unauthenticated');
});

test('the second factor counts, once a code', async () => {
  expect(await codeOf(signIn('mei'))).toBe('second-factor-needed');
  expect(await codeOf(signIn('mei', { code: '000000' }))).toBe('wrong-credentials');
  const code = totpCode(totpSecret, Date.now());
  expect(await codeOf(signIn('mei', { code }))).toBe('ok');
  expect(await codeOf(signIn('mei', { code }))).toBe('wrong-credentials');
});

test('nobody else comes in, and guesses are bounded by rate', async () => {
  expect(await codeOf(signIn('robot'))).toBe('wrong-credentials');
  expect(await codeOf(signIn('nobody'))).toBe('wrong-credentials');
  let code = '';
  for (let guess = 0; guess < 12; guess++) code = await codeOf(signIn('mei', { password: `guess ${guess}` }));
  expect(code).toBe('too-many-requests');
  // Another person at the same address still can.
  expect(await codeOf(signIn('wei'))).toBe('ok');
});

test('what only the hub can change says that it is away', async () => {
  const { accessToken } = await signIn('wei');
  expect(await codeOf(edge.calls(accessToken).accounts.changePassword.mutate({ old: password, next: 'another long one' }))).toBe(
    'hub-unreachable',
  );
});

test('with the hub back it is asked again, and what it says counts', async () => {
  await edge.hub.start();
  edge.hub.accounts = {
    signIn: async () => {
      throw new JzseError('wrong-credentials', 'not right');
    },
  };
  expect(await codeOf(signIn('wei'))).toBe('wrong-credentials');
  await edge.hub.stop();
});
