import { regionId, spaceId } from '@jzse/sync';
import { expect, it } from 'vitest';
import { bearerKind, createRegionProofVerifier, newKeyPair, type ProofAudience, signAccessToken, signRegionProof } from '../src/index.ts';

const startMs = Date.UTC(2026, 5, 1);
const beijing = regionId('beijing');
const shanghai = regionId('shanghai');
const keys = new Map([
  [beijing, newKeyPair()],
  [shanghai, newKeyPair()],
]);
const keyOf = (region: typeof beijing) => keys.get(region) ?? newKeyPair();

const verifier = (audience: ProofAudience, nowMs = startMs) =>
  createRegionProofVerifier({ audience, keyOf: (region) => keys.get(region)?.publicKey ?? null, nowMs: () => nowMs });
const proofOf = async (region: typeof beijing, key = keyOf(region), audience: ProofAudience = 'jzse-hub') =>
  (await signRegionProof(key, { region, space: null, audience, nowMs: startMs })).token;
const refused = { code: 'unauthenticated' };

it('proves a region, and the one space that the proof is for', async () => {
  const space = spaceId('demo');
  const { token } = await signRegionProof(keyOf(beijing), { region: beijing, space, audience: 'jzse-region', nowMs: startMs });
  expect(bearerKind(token)).toBe('region-proof');
  expect(await verifier('jzse-region')(token)).toEqual({ region: beijing, space });
  expect(await verifier('jzse-hub')(await proofOf(beijing))).toEqual({ region: beijing, space: null });
});

it("refuses a proof by another region's key, of an unknown region, or for somebody else", async () => {
  await expect(verifier('jzse-hub')(await proofOf(beijing, keyOf(shanghai)))).rejects.toMatchObject(refused);
  await expect(verifier('jzse-hub')(await proofOf(regionId('nowhere')))).rejects.toMatchObject(refused);
  await expect(verifier('jzse-region')(await proofOf(beijing))).rejects.toMatchObject(refused);
});

it('refuses a proof when it is over, and one of the future', async () => {
  const token = await proofOf(beijing);
  await expect(verifier('jzse-hub', startMs + 7 * 60_000)(token)).rejects.toMatchObject(refused);
  await expect(verifier('jzse-hub', startMs - 2 * 60_000)(token)).rejects.toMatchObject(refused);
});

it('takes no access token for a proof', async () => {
  const { token } = await signAccessToken(
    { ...keyOf(beijing), kid: 'beijing', issuer: 'beijing' },
    { user: 'beijing', session: 's', device: 'd', nowMs: startMs },
  );
  await expect(verifier('jzse-hub')(token)).rejects.toMatchObject(refused);
});
