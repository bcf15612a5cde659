import { createHmac } from 'node:crypto';
import { newId, newKeyPair, secretHash, signAccessToken, signRegionProof } from '@jzse/identity';
import type { RegionId } from '@jzse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemOf, secret, space, startTrustedEdge, type TrustedEdge } from './trusted-edge.ts';

const hubKey = newKeyPair();
const shanghaiKey = newKeyPair();
const sid = newId();
let edge: TrustedEdge;

beforeAll(async () => {
  edge = await startTrustedEdge();
  edge.person('wei');
  edge.member('wei', 'reader');
  edge.hub.put('key', { id: 'k1', publicKey: hubKey.publicKey, createdMs: Date.now(), retiredMs: null });
  const session = { user: 'wei', device: 'desk', cookieHash: null, refreshHash: secretHash('none'), createdMs: Date.now() };
  edge.hub.put('session', { id: sid, ...session, expiresMs: Date.now() + 3_600_000 });
  edge.hub.put('region', { region: 'shanghai' as RegionId, url: 'http://127.0.0.1:1', publicKey: shanghaiKey.publicKey, enrolledMs: 1 });
  await edge.settled();
});
afterAll(() => edge.stop());

const signed = async (
  change: { readonly nowMs?: number; readonly key?: typeof hubKey; readonly issuer?: string; readonly session?: string } = {},
) =>
  (
    await signAccessToken(
      { ...(change.key ?? hubKey), kid: 'k1', issuer: change.issuer ?? 'hub' },
      { user: 'wei', session: change.session ?? sid, device: 'desk', nowMs: change.nowMs ?? Date.now() },
    )
  ).token;
const answer = async (token: string) => problemOf(await edge.fetch(`/files/${space}/`, token));
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('an access token of the hub counts, and none that is forged, old, early or of another kind', async () => {
  const good = await signed();
  expect(await answer(good)).toBe('ok');
  const [header = '', payload = '', signature = ''] = good.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const forged: Record<string, string> = {
    'of another key': await signed({ key: newKeyPair() }),
    'of a region that is not this one': await signed({ key: shanghaiKey, issuer: 'shanghai' }),
    'that expired': await signed({ nowMs: Date.now() - 12 * 60_000 }),
    'that is not valid yet': await signed({ nowMs: Date.now() + 5 * 60_000 }),
    'of a session that is not there': await signed({ session: newId() }),
    'with other claims': `${header}.${encoded({ ...claims, sub: 'owner' })}.${signature}`,
    'without a signature': `${encoded({ alg: 'none', kid: 'k1', typ: 'at+jwt' })}.${payload}.`,
    'by HMAC with the public key': hmac(`${encoded({ alg: 'HS256', kid: 'k1', typ: 'at+jwt' })}.${payload}`),
    'that is a proof of a region for the hub': (
      await signRegionProof(shanghaiKey, { region: 'shanghai' as RegionId, space, audience: 'jzse-hub', nowMs: Date.now() })
    ).token,
  };
  for (const [what, token] of Object.entries(forged)) expect(`${what}: ${await answer(token)}`).toBe(`${what}: unauthenticated`);
});

const hmac = (signing: string): string =>
  `${signing}.${createHmac('sha256', Buffer.from(hubKey.publicKey, 'base64url')).update(signing).digest('base64url')}`;

test("a region's proof opens the space that it names, to read, and nothing else", async () => {
  const proof = async (of: typeof space, key = shanghaiKey) =>
    (await signRegionProof(key, { region: 'shanghai' as RegionId, space: of, audience: 'jzse-region', nowMs: Date.now() })).token;
  const chunks = async (token: string, of: string) => {
    const body = JSON.stringify({ space: of, hashes: [] });
    return problemOf(await edge.fetch('/chunks/read', token, { method: 'POST', headers: { 'content-type': 'application/json' }, body }));
  };
  const good = await proof(space);
  expect(await chunks(good, space)).toBe('ok');
  expect(await answer(good)).toBe('ok');
  expect(await chunks(good, secret)).toBe('unknown-space');
  expect(await chunks(await proof(space, newKeyPair()), space)).toBe('unauthenticated');
  expect(await problemOf(await edge.fetch(`/files/${space}/x`, good, { method: 'PUT', body: 'x' }))).toBe('forbidden');
  expect(await edge.calls(good).listSpaces.query()).toEqual([space]);
  edge.hub.put('placement', { space, region: 'shanghai' as RegionId, placement: 'none' });
  await edge.settled();
  expect(await chunks(good, space)).toBe('unknown-space');
  edge.hub.drop('region', 'shanghai');
  await edge.settled();
  expect(await chunks(good, space)).toBe('unauthenticated');
});

test('a session that ends, ends its tokens at once', async () => {
  const token = await signed();
  expect(await answer(token)).toBe('ok');
  edge.hub.drop('session', sid);
  await edge.settled();
  expect(await answer(token)).toBe('unauthenticated');
});
