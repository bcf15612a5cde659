import { createHmac } from 'node:crypto';
import { JzseError } from '@jzse/api';
import { importJWK, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { bearerKind, createAccessTokenVerifier, newKeyPair, type SigningKey, signAccessToken, type VerificationKey } from '../src/index.ts';

const startMs = Date.UTC(2026, 5, 1);
const minuteMs = 60_000;
const hubKey: SigningKey = { ...newKeyPair(), kid: 'k1', issuer: 'hub' };
const who = { user: 'li.wei', session: 's1', device: 'laptop', nowMs: startMs };

function createClock() {
  let nowMs = startMs;
  return { nowMs: () => nowMs, set: (ms: number) => (nowMs = ms) };
}
function verifierOf(keys: Readonly<Record<string, VerificationKey>>, nowMs = () => startMs) {
  return createAccessTokenVerifier({ keyOf: (kid) => keys[kid] ?? null, nowMs });
}
const known = { k1: hubKey };
const refused = { code: 'unauthenticated' };

/** Signed by the hub's key, with whatever header and claims. */
async function forge(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
  const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: hubKey.publicKey, d: hubKey.privateKey }, 'EdDSA');
  const issued = startMs / 1000;
  const good = { iss: 'hub', sub: 'li.wei', aud: 'jzse', sid: 's1', dev: 'laptop', iat: issued, nbf: issued, exp: issued + 600 };
  return new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg: 'EdDSA', kid: 'k1', typ: 'at+jwt', ...header }).sign(key);
}

it('says whose an access token is', async () => {
  const { token, expiresMs } = await signAccessToken(hubKey, who);
  expect(bearerKind(token)).toBe('access-token');
  expect(await verifierOf(known)(token)).toEqual({
    user: 'li.wei',
    session: 's1',
    device: 'laptop',
    issuer: 'hub',
    issuedMs: startMs,
    expiresMs,
  });
  expect(expiresMs).toBe(startMs + 10 * minuteMs);
});

it('refuses a token that has expired, with a minute for clocks that differ, though it had been taken before', async () => {
  const clock = createClock();
  const verify = verifierOf(known, clock.nowMs);
  const { token } = await signAccessToken(hubKey, who);
  await verify(token);
  clock.set(startMs + 10.9 * minuteMs);
  expect((await verify(token)).user).toBe('li.wei');
  clock.set(startMs + 11 * minuteMs);
  await expect(verify(token)).rejects.toMatchObject(refused);
  await expect(verifierOf(known, clock.nowMs)(token)).rejects.toThrow(JzseError);
});

it('refuses a token that is not valid yet, with a minute for clocks that differ', async () => {
  const clock = createClock();
  const verify = verifierOf(known, clock.nowMs);
  const { token } = await signAccessToken(hubKey, who);
  clock.set(startMs - 2 * minuteMs);
  await expect(verify(token)).rejects.toMatchObject(refused);
  clock.set(startMs - 0.9 * minuteMs);
  expect((await verify(token)).user).toBe('li.wei');
});

it.each([
  ['of another audience', { aud: 'jzse-hub' }, {}],
  ['of another issuer than its key', { iss: 'beijing' }, {}],
  ['without a person', { sub: undefined }, {}],
  ['without an end', { exp: undefined }, {}],
  ['that lives for longer than tokens do', { iat: startMs / 1000 - 3600, exp: startMs / 1000 + 86_400 }, {}],
  ['of another kind', {}, { typ: 'jzse-region+jwt' }],
  ['without a kind', {}, { typ: undefined }],
  ['of an unknown key', {}, { kid: 'k2' }],
  ['without a key', {}, { kid: undefined }],
])('refuses a token %s', async (_, claims, header) => {
  await expect(verifierOf(known)(await forge(claims, header))).rejects.toMatchObject(refused);
});

it('refuses the algorithm "none", and HS256 with the public key as secret', async () => {
  const [header, payload] = [{ alg: 'none', kid: 'k1', typ: 'at+jwt' }, (await forge({})).split('.')[1] ?? ''];
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  await expect(verifierOf(known)(`${encode(header)}.${payload}.`)).rejects.toMatchObject(refused);

  for (const secret of [hubKey.publicKey, Buffer.from(hubKey.publicKey, 'base64url')]) {
    const signed = `${encode({ ...header, alg: 'HS256' })}.${payload}`;
    const mac = createHmac('sha256', secret).update(signed).digest('base64url');
    await expect(verifierOf(known)(`${signed}.${mac}`)).rejects.toMatchObject(refused);
  }
});

it('refuses a token that was altered, or signed by another key of the same name', async () => {
  const [header, , signature] = (await signAccessToken(hubKey, who)).token.split('.');
  const payload = (await forge({ sub: 'owner' })).split('.')[1];
  await expect(verifierOf(known)(`${header}.${payload}.${signature}`)).rejects.toMatchObject(refused);
  const { token } = await signAccessToken({ ...hubKey, ...newKeyPair() }, who);
  await expect(verifierOf(known)(token)).rejects.toMatchObject(refused);
});

it.each(['', '.', '..', 'a.b.c', 'e30.e30.', `${'a'.repeat(5000)}.b.c`, '{}.{}.{}'])('refuses %j', async (text) => {
  await expect(verifierOf(known)(text)).rejects.toMatchObject(refused);
});

it('takes no token any more when its key is gone', async () => {
  const keys: Record<string, VerificationKey> = { ...known };
  const verify = verifierOf(keys);
  const { token } = await signAccessToken(hubKey, who);
  await verify(token);
  delete keys['k1'];
  await expect(verify(token)).rejects.toMatchObject(refused);
});

it('lets a region vouch as itself only', async () => {
  const regionKey: SigningKey = { ...newKeyPair(), kid: 'region:beijing', issuer: 'beijing' };
  const keys = { ...known, 'region:beijing': regionKey };
  expect((await verifierOf(keys)((await signAccessToken(regionKey, who)).token)).issuer).toBe('beijing');
  const { token } = await signAccessToken({ ...regionKey, issuer: 'hub' }, who);
  await expect(verifierOf(keys)(token)).rejects.toMatchObject(refused);
});
