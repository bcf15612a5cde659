import type { Principal } from '@jzse/api';
import { JzseError } from '@jzse/api';
import type { HubServices, WakeUp } from '@jzse/api/hub';
import { type HubStore, openHubStore, openIdentityStore } from '@jzse/db/hub';
import { TestAuthor, testContent } from '@jzse/db/testing';
import { type RegionId, type ReplicaId, rootId, type SpaceId } from '@jzse/sync';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ComposedHub, composeHub } from '../src/compose-hub.ts';
import { epochAt } from '../src/epochs/epoch-time.ts';
import { openFleetView } from '../src/fleet/fleet-view.ts';
import { type Fleet, openFleet } from '../src/fleet/open-fleet.ts';
import { startEmbeddedPostgres } from '../src/postgres/embedded-postgres.ts';
import { testFolder } from './test-hub.ts';

const [beijing, shanghai] = ['beijing', 'shanghai'] as [RegionId, RegionId];
const [demo, secret] = ['demo', 'secret'] as [SpaceId, SpaceId];
const urlOf = (region: RegionId): string => `http://${region}.example:7400`;
const keyOf = (text: string): string => text.padEnd(43, '_');
const logger = pino({ level: 'silent' });
const monthMs = 31 * 86_400_000;

const folder = testFolder();
let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
let nowMs = Date.now();
let store: HubStore;
let hub: ComposedHub;
let fleet: Fleet;
const closers: (() => Promise<unknown>)[] = [];
const told: number[] = [];

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dataFolder: folder.path, logger, onDeath: () => undefined });
});
afterAll(async () => {
  await postgres.stop();
  folder.remove();
});
beforeEach(async () => {
  nowMs = Date.now();
  const { databaseUrl } = postgres;
  const clock = () => nowMs;
  store = await openHubStore({ databaseUrl, nowMs: clock, firstEpoch: epochAt });
  const directory = await openIdentityStore({ databaseUrl });
  closers.push(() => store.close(), directory.close);
  for (const space of [demo, secret]) await store.createSpace(space);
  const view = await openFleetView(directory);
  hub = await composeHub({
    store,
    isPlaced: view.isPlaced,
    version: '0',
    nowMs: clock,
    logger,
    feedKeepDays: 7,
    maintainEveryMs: 60_000,
    onIntegrated: () => undefined,
  });
  const directoryChanged = (revision: number): void => void told.push(revision);
  fleet = await openFleet({
    view,
    databaseUrl,
    directory,
    hub: store,
    services: hub.services,
    nowMs: clock,
    directoryChanged,
    askAboutDirectory: hub.board.askAboutDirectory,
    note: () => undefined,
  });
  closers.push(fleet.close);
});
afterEach(async () => {
  for (const region of fleet.view.members()) await fleet.services.revokeRegion(region.region);
  hub.board.close();
  for (const close of closers.splice(0).reverse()) await close();
});

const as = (region: RegionId): HubServices => fleet.servicesFor({ type: 'region', region, space: null } satisfies Principal);
const coded = (code: string) => expect.objectContaining({ name: 'JzseError', code });

async function enrol(region: RegionId, key = keyOf(region)): Promise<ReplicaId> {
  const { token } = await fleet.services.addRegion({ region, url: urlOf(region) });
  await fleet.services.enrol({ token, region, publicKey: key, url: urlOf(region) });
  return (await as(region).register({ region, url: urlOf(region), replica: null })).replica;
}

async function push(region: RegionId, author: TestAuthor, space = demo) {
  const { epoch } = (await store.head(space)).position;
  const operations = [
    author.createFile(rootId, `file ${author.counter} of ${author.replica}`, testContent(`${author.replica} ${author.counter}`)),
  ];
  return as(region).push({ space, epoch, region, cursor: { epoch, sequence: 0, dot: null }, operations });
}

async function firstWakeUp(region: RegionId): Promise<WakeUp> {
  for await (const wakeUp of as(region).wakeUps(region, new AbortController().signal)) return wakeUp;
  throw new Error('the stream ended');
}

describe('enrolment', () => {
  test('a token is for one key, which may come again', async () => {
    const { token, expiresMs } = await fleet.services.addRegion({ region: beijing, url: urlOf(beijing) });
    expect(expiresMs).toBe(nowMs + 3_600_000);
    const request = { token, region: beijing, publicKey: keyOf('k'), url: 'http://elsewhere.example' };
    expect(await fleet.services.enrol(request)).toEqual({ region: beijing, url: urlOf(beijing) });
    expect(await fleet.services.enrol(request)).toEqual({ region: beijing, url: urlOf(beijing) });
    await expect(fleet.services.enrol({ ...request, publicKey: keyOf('thief') })).rejects.toEqual(coded('wrong-credentials'));
    expect(fleet.view.member(beijing)?.publicKey).toBe(keyOf('k'));
    expect(await fleet.services.fleetRegions()).toEqual([
      { region: beijing, url: urlOf(beijing), publicKey: keyOf('k'), enrolledMs: nowMs, tokenExpiresMs: null },
    ]);
  });

  test('of two keys that come with one token at once, one is taken', async () => {
    const { token } = await fleet.services.addRegion({ region: beijing, url: null });
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((key) => fleet.services.enrol({ token, region: beijing, publicKey: keyOf(key), url: urlOf(beijing) })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('a token of another region, one that has expired, an older one and none at all are refused alike', async () => {
    const { token } = await fleet.services.addRegion({ region: beijing, url: null });
    const enrolBy = (change: object) =>
      fleet.services.enrol({ token, region: beijing, publicKey: keyOf('k'), url: urlOf(beijing), ...change });
    await expect(enrolBy({ region: shanghai })).rejects.toEqual(coded('wrong-credentials'));
    await expect(enrolBy({ token: 'jzse_enrol_guessed' })).rejects.toEqual(coded('wrong-credentials'));
    nowMs += 3_600_000;
    await expect(enrolBy({})).rejects.toEqual(coded('wrong-credentials'));
    nowMs -= 3_600_000;
    await fleet.services.addRegion({ region: beijing, url: null });
    await expect(enrolBy({})).rejects.toEqual(coded('wrong-credentials'));
    expect(fleet.view.members()).toEqual([]);
  });

  test('what no region may be called, or be called at, is refused', async () => {
    await expect(fleet.services.addRegion({ region: 'hub' as RegionId, url: null })).rejects.toEqual(coded('invalid-input'));
    for (const url of ['file:///etc/passwd', 'http://user:pw@b.example', 'http://b.example/?a=b', 'gopher://b.example', 'b.example']) {
      await expect(fleet.services.addRegion({ region: beijing, url })).rejects.toEqual(coded('invalid-input'));
    }
  });
});

describe('a region', () => {
  test('speaks for no other one', async () => {
    await enrol(beijing);
    await enrol(shanghai);
    const hubOf = as(beijing);
    const capacity = { diskFreeBytes: 1, diskTotalBytes: 1, heldBytes: 0, outbox: 0 };
    await expect(hubOf.heartbeat(shanghai, capacity)).rejects.toEqual(coded('forbidden'));
    await expect(hubOf.register({ region: shanghai, url: urlOf(shanghai), replica: null })).rejects.toEqual(coded('forbidden'));
    await expect(hubOf.transfers({ region: shanghai, done: [], failed: [], held: [], want: 1 })).rejects.toEqual(coded('forbidden'));
    await expect(hubOf.report(shanghai, [])).rejects.toEqual(coded('forbidden'));
    await expect(hubOf.wakeUps(shanghai, AbortSignal.timeout(1))[Symbol.asyncIterator]().next()).rejects.toEqual(coded('forbidden'));
    await expect(hubOf.createSpace('new' as SpaceId)).rejects.toEqual(coded('forbidden'));
  });

  test('hands on what others did only to a log that may have lost it', async () => {
    const replica = await enrol(beijing);
    const other = new TestAuthor(await enrol(shanghai));
    await push(beijing, new TestAuthor(replica));
    await expect(push(beijing, other)).resolves.toMatchObject({ acknowledged: 1 });
    nowMs += monthMs;
    await expect(push(beijing, other)).rejects.toEqual(coded('forbidden'));
    await expect(push(beijing, new TestAuthor('hub:7' as ReplicaId))).rejects.toEqual(coded('forbidden'));
  });

  test('is reached only where an admin approved', async () => {
    await enrol(beijing);
    await enrol(shanghai);
    const announced = 'http://169.254.169.254';
    for (let times = 0; times < 2; times++) {
      await expect(as(beijing).register({ region: beijing, url: announced, replica: null })).rejects.toEqual(coded('forbidden'));
    }
    expect((await as(shanghai).regions()).map(({ url }) => url)).toEqual([urlOf(beijing), urlOf(shanghai)]);
    const events = await store.readEvents({ after: 0, limit: 1000, types: ['region-url-refused'] });
    expect(events.filter(({ data }) => data['announced'] === announced)).toHaveLength(1);
    await fleet.services.approveUrl(beijing, 'http://b2.example/');
    expect((await as(shanghai).regions())[0]?.url).toBe('http://b2.example');
    await expect(as(beijing).register({ region: beijing, url: 'http://b2.example', replica: null })).resolves.toBeDefined();
  });
});

describe('a space that is not placed in a region', () => {
  test('is not there for it: not by name, not in wake-ups, not in transfers, not as a source', async () => {
    const author = new TestAuthor(await enrol(beijing));
    await enrol(shanghai);
    await fleet.services.setPlacement(secret, shanghai, 'none');
    const pending = await store.pendingTransfers();
    await push(beijing, author, secret);
    const hubOf = as(shanghai);
    expect(await hubOf.listSpaces()).not.toContain(secret);
    expect(await as(beijing).listSpaces()).toContain(secret);
    expect((await firstWakeUp(shanghai)).heads.map(({ space }) => space)).not.toContain(secret);
    expect((await hubOf.status()).spaces.map(({ space }) => space)).not.toContain(secret);
    expect(
      (await hubOf.transfers({ region: shanghai, done: [], failed: [], held: [], want: 1000 })).leases.map(({ space }) => space),
    ).not.toContain(secret);
    expect(await store.pendingTransfers()).toEqual(pending);
    // Nothing of it is waited for there.
    expect((await as(beijing).verify(secret, { deep: false })).regions.map(({ region }) => region)).toEqual([beijing]);
    const after = { epoch: 0, sequence: 0, dot: null };
    for (const call of [
      () => hubOf.pull({ space: secret, region: shanghai, after, limit: 1 }),
      () => hubOf.snapshotHead(secret),
      () => hubOf.snapshotPage(secret, { after: null, limit: 1 }),
      () => hubOf.resolvePath(secret, '/a'),
      () => hubOf.holders(secret, testContent('x').hash),
      () => hubOf.policy(secret),
      () => hubOf.digestNode({ space: secret, position: after, folder: rootId, bucket: null }),
      () => push(shanghai, new TestAuthor('shanghai:9' as ReplicaId), secret),
    ]) {
      await expect(call()).rejects.toEqual(coded('unknown-space'));
    }
  });

  test('comes whole, at once, when it is', async () => {
    const author = new TestAuthor(await enrol(beijing));
    await enrol(shanghai);
    await fleet.services.setPlacement(secret, shanghai, 'none');
    await push(beijing, author, secret);
    const stream = as(shanghai).wakeUps(shanghai, new AbortController().signal)[Symbol.asyncIterator]();
    await stream.next();
    await fleet.services.setPlacement(secret, shanghai, 'full');
    for (let next = await stream.next(); next.done !== true; next = await stream.next());
    expect((await firstWakeUp(shanghai)).heads.map(({ space }) => space)).toContain(secret);
    const { leases } = await as(shanghai).transfers({ region: shanghai, done: [], failed: [], held: [], want: 1000 });
    expect(leases.filter(({ space }) => space === secret).map(({ sources }) => sources)).toContainEqual([
      { region: beijing, url: urlOf(beijing) },
    ]);
    expect(await fleet.services.placements(secret)).toEqual([
      { region: beijing, placement: 'full' },
      { region: shanghai, placement: 'full' },
    ]);
  });
});

test('a region that is revoked is cut off at once: its stream ends, its key and its token are worth nothing, nobody is sent to it', async () => {
  await enrol(beijing);
  const { token } = await fleet.services.addRegion({ region: shanghai, url: urlOf(shanghai) });
  const request = { token, region: shanghai, publicKey: keyOf('s'), url: urlOf(shanghai) };
  await fleet.services.enrol(request);
  await as(shanghai).register({ region: shanghai, url: urlOf(shanghai), replica: null });
  const stream = as(shanghai).wakeUps(shanghai, new AbortController().signal)[Symbol.asyncIterator]();
  await stream.next();
  const before = told.length;
  await fleet.services.revokeRegion(shanghai);
  for (let next = await stream.next(); next.done !== true; next = await stream.next());
  expect(told.length).toBeGreaterThan(before);
  await expect(as(shanghai).regions()).rejects.toBeInstanceOf(JzseError);
  await expect(as(shanghai).pull({ space: demo, region: shanghai, after: { epoch: 0, sequence: 0, dot: null }, limit: 1 })).rejects.toEqual(
    coded('unauthenticated'),
  );
  await expect(fleet.services.enrol(request)).rejects.toEqual(coded('wrong-credentials'));
  expect((await as(beijing).regions()).map(({ id }) => id)).toEqual([beijing]);
  expect(await store.pendingTransfers()).not.toHaveProperty(shanghai);
  await expect(enrol(shanghai, keyOf('again'))).resolves.toBeDefined();
});
