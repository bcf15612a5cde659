import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JzseError } from '@jzse/api';
import type { FleetServices } from '@jzse/api/hub';
import { createRegionProofVerifier, regionProofLifetimeMs } from '@jzse/identity';
import type { RegionId, SpaceId } from '@jzse/sync';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEnrolment, enrolTokenFile } from '../../src/trust/enrol-region.ts';
import { openRegionIdentity } from '../../src/trust/region-identity.ts';
import { openRegionKey } from '../../src/trust/region-key.ts';
import { createRegionProofs } from '../../src/trust/region-proofs.ts';

const beijing = 'beijing' as RegionId;
const demo = 'demo' as SpaceId;
const startMs = Date.UTC(2026, 10, 25);
let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'jzse-trust-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

describe('the key of a region', () => {
  test('is made once, for nobody else to read, and leaves nothing half-written', async () => {
    const made = await openRegionKey(data);
    expect(await openRegionKey(data)).toEqual(made);
    expect(readdirSync(data)).toEqual(['region-key.json']);
    expect(statSync(join(data, 'region-key.json')).mode & 0o777).toBe(0o600);
  });

  test('that cannot be read is not replaced by another', async () => {
    writeFileSync(join(data, 'region-key.json'), '{"kty":"OKP"');
    await expect(openRegionKey(data)).rejects.toThrow('put the right one back');
    expect(readFileSync(join(data, 'region-key.json'), 'utf8')).toBe('{"kty":"OKP"');
  });
});

describe('proofs', () => {
  async function proofsAt(clock: { nowMs: number }) {
    const key = await openRegionKey(data);
    const proofs = createRegionProofs({ region: beijing, key, nowMs: () => clock.nowMs });
    const verifier = (audience: 'jzse-hub' | 'jzse-region', nowMs: () => number) =>
      createRegionProofVerifier({ audience, keyOf: (region) => (region === beijing ? key.publicKey : null), nowMs });
    return { proofs, verifier };
  }

  test('say who and for what, are signed once, and renewed before they end', async () => {
    const clock = { nowMs: startMs };
    const { proofs, verifier } = await proofsAt(clock);
    const hub = verifier('jzse-hub', () => clock.nowMs);
    const region = verifier('jzse-region', () => clock.nowMs);
    const first = await proofs.forHub();
    expect(await hub(first)).toEqual({ region: beijing, space: null });
    expect(await region(await proofs.forRegions(demo))).toEqual({ region: beijing, space: demo });
    await expect(region(first)).rejects.toThrow(JzseError);
    expect(await proofs.forHub()).toBe(first);
    clock.nowMs += regionProofLifetimeMs - 30_000;
    const second = await proofs.forHub();
    expect(second).not.toBe(first);
    expect(await hub(second)).toEqual({ region: beijing, space: null });
  });

  test('[SY9] of a region whose clock is wrong are dated by the hub', async () => {
    const clock = { nowMs: startMs + 3_600_000 };
    const { proofs, verifier } = await proofsAt(clock);
    const hub = verifier('jzse-hub', () => startMs);
    await expect(hub(await proofs.forHub())).rejects.toThrow(JzseError);
    proofs.noteHubTime(startMs);
    expect(await hub(await proofs.forHub())).toEqual({ region: beijing, space: null });
    const kept = await proofs.forHub();
    proofs.noteHubTime(startMs + 400);
    proofs.noteHubTime(Number.NaN);
    expect(await proofs.forHub()).toBe(kept);
  });
});

describe('enrolment', () => {
  function enrolmentBy(token: string | null, answer: (token: string) => string) {
    const asked: string[] = [];
    const enrol: FleetServices['enrol'] = async (request) => {
      asked.push(request.token);
      return { region: request.region, url: answer(request.token) };
    };
    const logger = { info: () => undefined, warn: () => undefined };
    const enrolment = createEnrolment({ region: beijing, url: 'http://b:7400', publicKey: 'x', data, token, enrol, logger });
    return { asked, enrolment };
  }
  const refuse = (): never => {
    throw new JzseError('wrong-credentials', 'no');
  };

  test('is done once for all who ask at once', async () => {
    const { asked, enrolment } = enrolmentBy('one', () => 'http://b:7400');
    expect(await Promise.all([enrolment(), enrolment(), enrolment()])).toEqual([true, true, true]);
    expect(asked).toEqual(['one']);
  });

  test('does not offer a token again that the hub refused, and takes one that is put into the folder', async () => {
    const { asked, enrolment } = enrolmentBy('old', (token) => (token === 'new' ? 'http://b:7400' : refuse()));
    expect(await enrolment()).toBe(false);
    expect(await enrolment()).toBe(false);
    writeFileSync(join(data, enrolTokenFile), 'new\n');
    expect(await enrolment()).toBe(true);
    expect(asked).toEqual(['old', 'new']);
    expect(readdirSync(data)).toEqual([]);
  });

  test('is tried again when the hub did not answer', async () => {
    let isAway = true;
    const { enrolment } = enrolmentBy('one', () => {
      if (isAway) throw new JzseError('hub-unreachable', 'no answer');
      return 'http://b:7400';
    });
    await expect(enrolment()).rejects.toThrow('no answer');
    isAway = false;
    expect(await enrolment()).toBe(true);
  });

  test('without a token changes nothing', async () => {
    expect(await enrolmentBy(null, refuse).enrolment()).toBe(false);
  });
});

test('a token in the data folder is offered before the first proof, which a hub that is away does not hold up', async () => {
  const offered: string[] = [];
  const hub = createServer((request, response) => {
    offered.push(request.url ?? '');
    request.socket.destroy();
    response.destroy();
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  const { port } = hub.address() as AddressInfo;
  writeFileSync(join(data, enrolTokenFile), 'jzse_enrol_beijing_a-secret-of-this-test\n');
  const logger = pino({ level: 'silent' });
  const url = 'http://127.0.0.1:7400';
  const hubUrl = `http://127.0.0.1:${port}`;
  const { credentials } = await openRegionIdentity({ region: beijing, url, hubUrl, data, enrolToken: null, nowMs: Date.now, logger });
  expect(await credentials.proof()).toMatch(/^eyJ/);
  expect(offered).toEqual(['/trpc/fleet.enrol']);
  await credentials.proof();
  expect(offered).toHaveLength(1);
  hub.close();
});
