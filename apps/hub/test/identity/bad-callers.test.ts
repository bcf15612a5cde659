import { readFileSync } from 'node:fs';
import { newKeyPair, signAccessToken, totpCode } from '@jzse/identity';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestHub, type TestHub, testFolder, token } from '../test-hub.ts';
import { bearer, type Caller, callerOf, enrolRegion, proofOf } from './test-fleet.ts';

const password = 'correct horse battery';
const wrongPassword = 'wrong horse battery';
const folder = testFolder();
/** Everything that must never stand in a log. */
const secrets = new Set([token, password, wrongPassword]);
let hub: TestHub;
let admin: Caller;

beforeAll(async () => {
  hub = await startTestHub(folder.path, { JZSE_RATE_ANONYMOUS: 'off', JZSE_TRUSTED_PROXIES: '127.0.0.1', JZSE_LOG_LEVEL: 'trace' });
  admin = callerOf(hub.url, bearer(token));
  for (const user of ['li.wei', 'mei']) expect((await admin.call('people.createUser', { user, password })).code).toBeNull();
});
afterAll(async () => {
  await hub?.end('SIGTERM');
  folder.remove();
});

interface SignedIn {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly session: string;
}
async function signIn(user: string, rest: Record<string, unknown> = {}, from = '192.0.2.9'): Promise<SignedIn> {
  const stranger = callerOf(hub.url, { 'x-forwarded-for': from });
  const { data, code } = await stranger.call('accounts.signIn', { user, password, device: 'test', wants: 'refresh-token', ...rest });
  expect(code).toBeNull();
  const signedIn = data as SignedIn;
  for (const secret of [signedIn.accessToken, signedIn.refreshToken]) secrets.add(secret);
  return signedIn;
}
const codeFor = async (credential: string): Promise<string | null> =>
  (await callerOf(hub.url, bearer(credential)).call('listSpaces', {})).code;
const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

it('takes no forged token: no algorithm, another one, another key, another kind, or altered', async () => {
  const { accessToken, session } = await signIn('li.wei');
  expect(await codeFor(accessToken)).toBeNull();
  const [header = '', payload = '', signature = ''] = accessToken.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly kid: string };
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const jwks = (await (await fetch(`${hub.url}/.well-known/jwks.json`)).json()) as { readonly keys: readonly Record<string, string>[] };
  expect(jwks.keys.map((key) => key['kid'])).toEqual([kid]);
  expect(Object.keys(jwks.keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  const stolenKid = { ...newKeyPair(), kid, issuer: 'hub' };
  const forged = [
    `${json({ alg: 'none', kid, typ: 'at+jwt' })}.${payload}.`,
    `${json({ alg: 'HS256', kid, typ: 'at+jwt' })}.${payload}.${signature}`,
    `${header}.${json({ ...claims, sub: 'owner' })}.${signature}`,
    `${header}.${json({ ...claims, exp: 9_999_999_999 })}.${signature}`,
    (await signAccessToken(stolenKid, { user: 'owner', session, device: 'x', nowMs: Date.now() })).token,
    (await signAccessToken({ ...stolenKid, kid: 'unknown' }, { user: 'owner', session, device: 'x', nowMs: Date.now() })).token,
    accessToken.slice(0, -2),
    `${token}x`,
    'x',
  ];
  for (const one of forged) expect([one, await codeFor(one)]).toEqual([one, 'unauthenticated']);
});

it('ends a session for good: its access token, too, counts no more', async () => {
  const { accessToken, session } = await signIn('li.wei');
  const caller = callerOf(hub.url, bearer(accessToken));
  expect((await caller.call('accounts.sessions', {})).data).toEqual(expect.arrayContaining([expect.objectContaining({ id: session })]));
  expect((await caller.call('accounts.signOut', {})).code).toBeNull();
  expect(await codeFor(accessToken)).toBe('unauthenticated');
});

it('ends the session of a refresh token that was stolen', async () => {
  const { refreshToken, accessToken } = await signIn('li.wei');
  const stranger = callerOf(hub.url, { 'x-forwarded-for': '192.0.2.10' });
  const refresh = (presented: string) => stranger.call('accounts.refresh', { refreshToken: presented });
  const second = (await refresh(refreshToken)).data as SignedIn;
  const third = (await refresh(second.refreshToken)).data as SignedIn;
  for (const one of [second, third]) secrets.add(one.refreshToken).add(one.accessToken);
  expect((await refresh(refreshToken)).code).toBe('wrong-credentials');
  expect((await refresh(third.refreshToken)).code).toBe('wrong-credentials');
  for (const one of [accessToken, third.accessToken]) expect(await codeFor(one)).toBe('unauthenticated');
});

it('narrows a token to its scopes and spaces, and takes none that is revoked', async () => {
  const { accessToken } = await signIn('mei');
  const mei = callerOf(hub.url, bearer(accessToken));
  expect(
    (await admin.call('sharing.setMember', { space: 'demo', subject: { type: 'user', user: 'mei' }, role: 'manager' })).code,
  ).toBeNull();
  const make = async (rest: Record<string, unknown>) => {
    const { data } = await mei.call('accounts.createToken', { name: 'program', ...rest });
    const made = data as { readonly id: string; readonly token: string };
    secrets.add(made.token);
    return { ...made, caller: callerOf(hub.url, bearer(made.token)) };
  };
  const reads = await make({ scopes: ['read'] });
  expect((await reads.caller.call('policy', { space: 'demo' })).code).toBeNull();
  expect((await reads.caller.call('sharing.links', { space: 'demo' })).code).toBe('forbidden');
  const role = { space: 'demo', subject: { type: 'user', user: 'li.wei' }, role: 'reader' };
  expect((await reads.caller.call('sharing.setMember', role)).code).toBe('forbidden');
  expect((await reads.caller.call('accounts.createToken', { name: 'wider' })).code).toBe('forbidden');
  const elsewhere = await make({ spaces: ['other'] });
  expect((await elsewhere.caller.call('policy', { space: 'demo' })).code).toBe('unknown-space');
  expect((await elsewhere.caller.call('listSpaces', {})).data).toEqual([]);
  expect((await mei.call('accounts.revokeToken', { id: reads.id })).code).toBeNull();
  expect(await codeFor(reads.token)).toBe('unauthenticated');
});

it("takes no enrolment token twice from two keys, and no region's proof by another key", async () => {
  const { key, proof } = await enrolRegion(hub.url, admin, 'beijing');
  expect(await codeFor(await proof())).toBeNull();
  expect(await codeFor(await proofOf(newKeyPair(), 'beijing'))).toBe('unauthenticated');
  expect(await codeFor(await proofOf(key, 'shanghai'))).toBe('unauthenticated');
  const { token: once } = (await admin.call('fleet.addRegion', { region: 'shanghai' })).data as { readonly token: string };
  secrets.add(once);
  const stranger = callerOf(hub.url, {});
  const enrol = (region: string) =>
    stranger.call('fleet.enrol', { region, token: once, publicKey: newKeyPair().publicKey, url: 'http://127.0.0.1:1' });
  expect((await enrol('beijing')).code).toBe('wrong-credentials');
  expect((await enrol('shanghai')).code).toBeNull();
  expect((await enrol('shanghai')).code).toBe('wrong-credentials');
});

it('gives a page a cookie that is no bearer token, for an API token and for a password', async () => {
  const open = (body: object) =>
    fetch(`${hub.url}/session`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  for (const body of [{ token }, { user: 'li.wei', password }]) {
    const response = await open(body);
    expect(response.status).toBe(204);
    const header = response.headers.get('set-cookie') ?? '';
    expect(header).toMatch(/HttpOnly; SameSite=Strict/);
    const cookie = header.split(';')[0] ?? '';
    const value = cookie.slice(cookie.indexOf('=') + 1);
    secrets.add(value);
    expect((await callerOf(hub.url, { cookie }).call('listSpaces', {})).code).toBeNull();
    expect(await codeFor(value)).toBe('unauthenticated');
    const altered = `${cookie.slice(0, -3)}AAA`;
    expect((await callerOf(hub.url, { cookie: altered }).call('listSpaces', {})).code).toBe('unauthenticated');
    await fetch(`${hub.url}/session`, { method: 'DELETE', headers: { cookie } });
  }
  expect((await open({ token: 'not the token of this hub' })).status).toBe(401);
  expect((await open({ user: 'li.wei', password: wrongPassword })).status).toBe(401);
  expect((await open({})).status).toBe(400);
});

it('asks for the second factor, and takes each code once', async () => {
  const { accessToken } = await signIn('mei');
  const mei = callerOf(hub.url, bearer(accessToken));
  const { secret } = (await mei.call('accounts.beginTotp', {})).data as { readonly secret: string };
  secrets.add(secret);
  const code = totpCode(secret, Date.now());
  expect((await mei.call('accounts.confirmTotp', { code })).code).toBeNull();
  const stranger = callerOf(hub.url, { 'x-forwarded-for': '192.0.2.11' });
  const attempt = { user: 'mei', password, wants: 'refresh-token' };
  expect((await stranger.call('accounts.signIn', attempt)).code).toBe('second-factor-needed');
  expect((await stranger.call('accounts.signIn', { ...attempt, code })).code).toBe('wrong-credentials');
  expect((await mei.call('accounts.removeTotp', { password })).code).toBeNull();
});

const guesses = { addresses: 1_000, each: 10, atOnce: 40 };
const memoryGrowthMaxKb = 300_000;

it('stays itself under 10,000 wrong passwords for one person, who and others go on signing in', async () => {
  const codes = new Map<string, number>();
  const before = residentKb(hub.pid);
  let next = 0;
  let peakKb = before;
  const guesser = async (): Promise<void> => {
    while (next < guesses.addresses) {
      const at = next++;
      for (const code of await guess(`10.0.${at >> 8}.${at & 255}`)) codes.set(code, (codes.get(code) ?? 0) + 1);
      peakKb = Math.max(peakKb, residentKb(hub.pid));
    }
  };
  const all = Promise.all(Array.from({ length: guesses.atOnce }, guesser));
  await signInAgain('mei', '192.0.2.20');
  await signInAgain('li.wei', '192.0.2.21');
  await all;
  await signIn('li.wei', {}, '192.0.2.22');

  expect([...codes.values()].reduce((sum, count) => sum + count, 0)).toBe(guesses.addresses * guesses.each);
  expect([...codes.keys()].filter((code) => !['wrong-credentials', 'too-many-requests', 'overloaded'].includes(code))).toEqual([]);
  expect(codes.get('wrong-credentials')).toBeGreaterThan(10);
  expect(peakKb - before).toBeLessThan(memoryGrowthMaxKb);
});

/** Ten at once, in one request. */
async function guess(from: string): Promise<readonly string[]> {
  const inputs = Array.from({ length: guesses.each }, () => ({ user: 'li.wei', password: wrongPassword, wants: 'refresh-token' }));
  const response = await fetch(`${hub.url}/trpc/${inputs.map(() => 'accounts.signIn').join()}?batch=1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify({ ...inputs }),
  });
  const answers = (await response.json()) as Answer | readonly Answer[];
  const list = Array.isArray(answers) ? (answers as readonly Answer[]) : Array.from(inputs, () => answers as Answer);
  return list.map(({ error, code }) => error?.data?.jzse?.code ?? code ?? 'signed in');
}
interface Answer {
  readonly code?: string;
  readonly error?: { readonly data?: { readonly jzse?: { readonly code: string } } };
}

/** A hub that has too much to do may say so, and lets everybody in who asks again. */
async function signInAgain(user: string, from: string): Promise<void> {
  const stranger = callerOf(hub.url, { 'x-forwarded-for': from });
  for (;;) {
    const { code } = await stranger.call('accounts.signIn', { user, password, wants: 'cookie' });
    if (code === null) return;
    expect(code).toBe('overloaded');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const residentKb = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

it('wrote no secret to its log', () => {
  const log = JSON.stringify(hub.lines);
  expect(hub.lines.length).toBeGreaterThan(100);
  expect(secrets.size).toBeGreaterThan(10);
  for (const secret of secrets) expect(log).not.toContain(secret);
});
