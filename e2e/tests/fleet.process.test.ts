import { createServer } from 'node:http';
import { createHubClient } from '@jzse/client';
import type { RegionId, SpaceId } from '@jzse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newKey, proofBy, type RegionJwk, stolenKey } from '../src/region-proof.ts';
import { startThreeRegions, type ThreeRegions } from '../src/three-regions.ts';
import { waitFor } from '../src/wait-for.ts';

const [beijing, shanghai] = ['beijing', 'shanghai'] as [RegionId, RegionId];
const [demo, secret] = ['demo', 'secret'] as [SpaceId, SpaceId];
let regions: ThreeRegions;

beforeAll(async () => {
  regions = await startThreeRegions({ regions: ['beijing', 'shanghai'], env: { JZSE_LOG_LEVEL: 'debug' } });
});
afterAll(() => regions[Symbol.asyncDispose]());

const admin = () => createHubClient({ url: regions.hub.url, token: regions.token }).trpc;
const hubAs = (key: RegionJwk, region: string, aud = 'jzse-hub') =>
  createHubClient({ url: regions.hub.url, token: proofBy(key, { region, aud }) }).trpc;
const keyOf = (name: 'beijing' | 'shanghai') => stolenKey(regions.edge(name).dataDir);
const capacity = { diskFreeBytes: 1, diskTotalBytes: 1, heldBytes: 0, outbox: 0 };
const coded = (code: string) => expect.objectContaining({ code });

/** Chunks of a space, as one region asks another for them. */
const askChunks = (name: 'beijing' | 'shanghai', space: string, token: string) =>
  fetch(`${regions.edge(name).url}/chunks/read`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ space, hashes: ['0'.repeat(64)] }),
  });

test('an enrolment token is worth nothing to another key, and nothing for another region', async () => {
  const { token } = await admin().fleet.addRegion.mutate({ region: 'shenzhen' as RegionId, url: 'http://127.0.0.1:9' });
  const enrol = (region: string, key: RegionJwk) =>
    createHubClient({ url: regions.hub.url }).trpc.fleet.enrol.mutate({
      region: region as RegionId,
      token,
      publicKey: key.x,
      url: 'http://127.0.0.1:9',
    });
  const owner = newKey();
  await expect(enrol('beijing', newKey())).rejects.toEqual(coded('wrong-credentials'));
  await enrol('shenzhen', owner);
  await expect(enrol('shenzhen', newKey())).rejects.toEqual(coded('wrong-credentials'));
  await expect(hubAs(owner, 'shenzhen').regions.query()).resolves.toBeDefined();
  await admin().fleet.revokeRegion.mutate({ region: 'shenzhen' as RegionId });
  await expect(enrol('shenzhen', owner)).rejects.toEqual(coded('wrong-credentials'));
});

test('the key of a region speaks for no other one, and not to others than it says', async () => {
  const asBeijing = hubAs(keyOf('beijing'), 'beijing');
  const cursor = { epoch: 0, sequence: 0, dot: null };
  await expect(asBeijing.heartbeat.mutate({ region: shanghai, capacity })).rejects.toEqual(coded('forbidden'));
  await expect(asBeijing.pull.query({ space: demo, region: shanghai, after: cursor, limit: 1 })).rejects.toEqual(coded('forbidden'));
  await expect(asBeijing.fleet.directory.query({ region: shanghai, after: 0, limit: 10 })).rejects.toEqual(coded('forbidden'));
  await expect(asBeijing.fleet.regions.query()).rejects.toEqual(coded('forbidden'));
  await expect(asBeijing.rebuild.mutate({ space: demo })).rejects.toEqual(coded('forbidden'));
  await expect(hubAs(keyOf('beijing'), 'shanghai').regions.query()).rejects.toEqual(coded('unauthenticated'));
  await expect(hubAs(keyOf('beijing'), 'beijing', 'jzse-region').regions.query()).rejects.toEqual(coded('unauthenticated'));
  await expect(hubAs(newKey(), 'beijing').regions.query()).rejects.toEqual(coded('unauthenticated'));
});

test('a space that is not placed in a region is not there for it, at the hub and in other regions', async () => {
  await admin().createSpace.mutate({ space: secret });
  await admin().fleet.setPlacement.mutate({ space: secret, region: beijing, placement: 'none' });
  await waitFor({ what: 'shanghai has the space' }, async () =>
    JSON.stringify(await regions.calls('shanghai').client.trpc.listSpaces.query()).includes(secret),
  );
  await regions.calls('shanghai').client.files.put({ space: secret, path: '/plan.txt' }, Buffer.from('not for beijing'));
  const asBeijing = hubAs(keyOf('beijing'), 'beijing');
  expect(await asBeijing.listSpaces.query()).not.toContain(secret);
  await expect(asBeijing.snapshotHead.query({ space: secret })).rejects.toEqual(coded('unknown-space'));
  await expect(asBeijing.resolvePath.query({ space: secret, path: '/plan.txt' })).rejects.toEqual(coded('unknown-space'));
  const proof = (space: string) => proofBy(keyOf('beijing'), { region: 'beijing', aud: 'jzse-region', space });
  await waitFor({ what: 'shanghai knows of the placement' }, async () => !(await askChunks('shanghai', secret, proof(secret))).ok);
  expect((await askChunks('shanghai', demo, proof(demo))).status).toBe(200);
  // A proof is good for the space that it names only, and a region that names none has none.
  expect((await askChunks('shanghai', secret, proof(demo))).ok).toBe(false);
  expect((await askChunks('shanghai', demo, proofBy(keyOf('beijing'), { region: 'beijing', aud: 'jzse-region' }))).ok).toBe(false);
  expect((await askChunks('shanghai', demo, proofBy(keyOf('beijing'), { region: 'beijing', aud: 'jzse-hub', space: demo }))).ok).toBe(
    false,
  );
  expect(
    await (await fetch(`${regions.edge('beijing').url}/trpc/listSpaces`, { headers: { authorization: `Bearer ${regions.token}` } })).text(),
  ).not.toContain(secret);
});

test('an address that no admin approved is never called', async () => {
  const asked: string[] = [];
  const trap = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  const address = trap.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const asBeijing = hubAs(keyOf('beijing'), 'beijing');
  await expect(asBeijing.register.mutate({ region: beijing, url, replica: null })).rejects.toEqual(coded('forbidden'));
  for (const strange of ['http://169.254.169.254', 'http://localhost:22', 'file:///etc/passwd']) {
    await expect(asBeijing.register.mutate({ region: beijing, url: strange, replica: null })).rejects.toThrow();
  }
  await regions.calls('beijing').put('/after.txt', Buffer.from('after'));
  await waitFor({ what: 'shanghai has the file' }, async () => (await regions.calls('shanghai').get('/after.txt')).length > 0);
  expect((await admin().regions.query()).map((region) => region.url)).not.toContain(url);
  expect((await admin().events.query({ types: ['region-url-refused'] })).map(({ data }) => data['announced'])).toContain(url);
  expect(asked).toEqual([]);
  trap.close();
});

test('a region that is revoked is refused by hub and regions within seconds, and comes back with a new token', async () => {
  const proof = () => proofBy(keyOf('shanghai'), { region: 'shanghai', aud: 'jzse-region', space: demo });
  expect((await askChunks('beijing', demo, proof())).status).toBe(200);
  await admin().fleet.revokeRegion.mutate({ region: shanghai });
  await expect(hubAs(keyOf('shanghai'), 'shanghai').regions.query()).rejects.toEqual(coded('unauthenticated'));
  await waitFor(
    { what: 'beijing refuses it too', deadlineMs: 5_000, pollMs: 50 },
    async () => (await askChunks('beijing', demo, proof())).status === 401,
  );
  await regions.calls('beijing').put('/while revoked.txt', Buffer.from('while revoked'));
  await waitFor({ what: 'shanghai says what to do' }, () => regions.edge('shanghai').log().includes('jzse admin regions add shanghai'));
  await expect(regions.calls('shanghai').list('/')).resolves.not.toContainEqual(expect.objectContaining({ path: '/while revoked.txt' }));
  await regions.edge('shanghai').stop();
  await regions.edge('shanghai').start();
  await waitFor({ what: 'shanghai is back' }, async () => (await regions.calls('shanghai').get('/while revoked.txt')).length > 0);
});
