import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPolicy } from '@jzse/api';
import type { Author, Dot, EntryId, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rotRegion } from '../../../../packages/db/test/rot-region.ts';
import { createAgreementServices } from '../../src/replicate/agreement-services.ts';
import { findFork, rowsPerRoundMax } from '../../src/replicate/find-fork.ts';
import { textContent } from './test-content.ts';
import { TestHubLog } from './test-hub-log.ts';
import { startTestRegion, type TestRegion } from './test-region.ts';
import { until } from './until.ts';

const space = 'demo' as SpaceId;
const running: TestRegion[] = [];
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jzse-converge-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((region) => region.stop()));
  await rm(folder, { recursive: true });
});

async function start(id: string, hub: TestHubLog): Promise<TestRegion> {
  const region = await startTestRegion({ id, hub: hub.port, folder: join(folder, id) });
  running.push(region);
  await until(() => region.store.replica() !== null);
  await region.store.createSpace(space);
  return region;
}
const pair = (hub: TestHubLog) => Promise.all([start('beijing', hub), start('shanghai', hub)]) as Promise<[TestRegion, TestRegion]>;
const files = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at}`, content: textContent(`${prefix} ${at}`) }));
const showAll = (count: number, ...regions: readonly TestRegion[]) =>
  until(async () => {
    for (const region of regions) {
      if ((await region.shown(space)).length !== count || (await region.store.outboxSize(space)) > 0) return false;
    }
    return true;
  });
/** Streams break, as when a hub is stopped and started. */
function whileAway(hub: TestHubLog, change: () => void): void {
  hub.goAway();
  change();
  setTimeout(() => hub.comeBack(), 50);
}
const raises = (hub: TestHubLog) => hub.calls.filter(({ method }) => method === 'raiseEpoch').map(({ request }) => request);

describe('[SY10] a hub whose log is another one than the regions know', () => {
  test('was restored and says nothing of it: the last common row is found, and everything is back', async () => {
    const hub = new TestHubLog(space);
    const [beijing, shanghai] = await pair(hub);
    await beijing.write(space, files(20, 'b'));
    await shanghai.write(space, files(20, 's'));
    await showAll(40, beijing, shanghai);
    whileAway(hub, () => hub.restore(space, 13));
    await showAll(40, beijing, shanghai);
    await until(() => hub.head(space).sequence === 40);
    expect(new Set(hub.operations(space)).size).toBe(40);
    expect(raises(hub)).toContainEqual(expect.objectContaining({ epoch: 1, keptUpTo: 13 }));
    expect(hub.head(space).epoch).toBe(2);
    expect(await shanghai.shown(space)).toEqual(await beijing.shown(space));
  });

  test('was restored and has grown past the cursor again: the dot at the cursor tells', async () => {
    const hub = new TestHubLog(space);
    const [beijing, shanghai] = await pair(hub);
    await beijing.write(space, files(10, 'b'));
    await showAll(10, beijing, shanghai);
    await shanghai.stop();
    running.splice(running.indexOf(shanghai), 1);
    await beijing.write(space, files(5, 'lost'));
    await until(async () => (await beijing.store.cursor(space)).position.sequence === 15);
    await beijing.stop();
    running.splice(running.indexOf(beijing), 1);
    hub.restore(space, 10);
    const again = await start('shanghai', hub);
    await again.write(space, files(9, 'new'));
    await until(() => hub.head(space).sequence === 19);
    const back = await start('beijing', hub);
    await showAll(24, again, back);
    expect(raises(hub)).toEqual([expect.objectContaining({ region: 'beijing', epoch: 1, keptUpTo: 10 })]);
    expect(await again.shown(space)).toEqual(await back.shown(space));
  });

  test('was restored, and has the row at the cursor again, after others than before: the digest tells', async () => {
    const hub = new TestHubLog(space);
    hub.givesDigests = true;
    const [beijing, shanghai] = await pair(hub);
    await beijing.write(space, files(1, 'first'));
    await showAll(1, beijing, shanghai);
    await shanghai.write(space, files(1, 'second'));
    await showAll(2, beijing, shanghai);
    await Promise.all(running.splice(0).map((region) => region.stop()));
    const [first, second] = (hub.spaces.get(space)?.rows ?? []).map(({ operation }) => operation);
    if (first === undefined || second === undefined) throw new Error('the hub has not what was written');
    const unseen = { ...first, entryId: 'unseen' as EntryId, name: 'unseen', dot: { replica: 'shenzhen:1' as ReplicaId, counter: 1 } };
    hub.restore(space, 0);
    const cursor = { epoch: 1, sequence: 0, dot: null };
    const operations = [unseen as Operation, second, first];
    await hub.port.push({ space, epoch: 1, region: 'shenzhen' as RegionId, cursor, operations });
    const back = await start('beijing', hub);
    await showAll(3, back);
    expect(raises(hub)).toEqual([expect.objectContaining({ region: 'beijing', epoch: 1, keptUpTo: 0 })]);
    await until(async () => (await back.store.divergence(space)) === null);
    expect((await back.store.digest(space)).digest).toBe(hub.spaces.get(space)?.rows.at(-1)?.digest);
  });

  test('lost everything, and the regions have dropped their logs: refused and said so, until a region sends its state', async () => {
    const hub = new TestHubLog(space);
    const [beijing, shanghai] = await pair(hub);
    await beijing.write(space, files(120, 'b'));
    await showAll(120, beijing, shanghai);
    const { position } = await beijing.store.cursor(space);
    for (const region of [beijing, shanghai]) await region.store.pruneFeed(space, position, 1_000);
    whileAway(hub, () => hub.loseAll(space));
    await until(() => beijing.replication.refusal(space) !== null && shanghai.replication.refusal(space) !== null);
    const before = hub.calls.filter(({ method }) => method === 'snapshotPage').length;
    hub.say({});
    expect((await beijing.shown(space)).length).toBe(120);
    await beijing.write(space, files(1, 'mine'));
    hub.say({ seed: space }, beijing.id);
    await until(() => hub.head(space).sequence === 121);
    await showAll(121, beijing, shanghai);
    expect(hub.calls.filter(({ method }) => method === 'snapshotPage').length).toBeGreaterThan(before);
    expect([beijing.replication.refusal(space), shanghai.replication.refusal(space)]).toEqual([null, null]);
    expect(await shanghai.shown(space)).toEqual(await beijing.shown(space));
  });

  test('the fork of two long logs is found in a few round trips', async () => {
    const dot = (counter: number): Dot => ({ replica: 'beijing:1' as ReplicaId, counter });
    const [rows, fork] = [200_000, 123_456];
    let asked = 0;
    const found = await findFork(
      {
        store: {
          cursor: async () => ({ position: { epoch: 3, sequence: rows }, dot: dot(rows), forks: {} }),
          feedRange: async () => ({ first: { epoch: 2, sequence: 1_001 }, last: { epoch: 3, sequence: rows } }),
          feedDot: async (_space, { sequence }) => dot(sequence),
        },
        hub: {
          snapshotHead: async () =>
            ({ position: { epoch: 3, sequence: rows - 7 } }) as Awaited<ReturnType<TestHubLog['port']['snapshotHead']>>,
          rowDots: async (_space, sequences) => {
            asked++;
            expect(sequences.length).toBeLessThanOrEqual(rowsPerRoundMax);
            return sequences.map((sequence) => dot(sequence <= fork ? sequence : sequence + 1));
          },
        },
      },
      space,
    );
    expect([found, asked]).toEqual([{ epoch: 3, keptUpTo: fork }, 2]);
  });
});

describe('[SY13] a region that came to another tree than the hub', () => {
  const rot = (id: string, sql: string): void => rotRegion(join(folder, id, 'region.db'), sql);
  const lastReport = (hub: TestHubLog, id: string) => hub.reports.findLast(({ region }) => region === id)?.report;

  test('notices at the next batch, names the place, and agrees again when it takes the state of the hub', async () => {
    const hub = new TestHubLog(space);
    hub.givesDigests = true;
    const [beijing, shanghai] = await pair(hub);
    await beijing.write(space, files(5, 'f'));
    await showAll(5, beijing, shanghai);
    rot('shanghai', `UPDATE entry SET state = replace(state, '"f3"', '"g3"'); UPDATE folder_sum SET sum = '1'`);
    await beijing.write(space, files(1, 'more'));
    await until(() => (lastReport(hub, 'shanghai')?.divergence?.paths.length ?? 0) > 0);
    expect(lastReport(hub, 'shanghai')?.divergence).toEqual({ since: { epoch: 1, sequence: 6 }, paths: ['/g3'] });
    expect(hub.events.map(({ type, region }) => [type, region])).toEqual([['diverged', 'shanghai']]);
    expect(await shanghai.store.divergence(space)).not.toBeNull();
    const services = createAgreementServices(shanghai);
    await services.resync(space);
    await until(() => hub.events.length === 2);
    expect(hub.events.at(-1)).toMatchObject({ type: 'converged', region: 'shanghai', space });
    expect(await shanghai.store.divergence(space)).toBeNull();
    expect(await shanghai.shown(space)).toEqual(await beijing.shown(space));
    await expect(services.resync('other' as SpaceId)).rejects.toMatchObject({ code: 'unknown-space' });
  });

  test('tells the hub how far it is while it moves, each position once', async () => {
    const hub = new TestHubLog(space);
    const beijing = await start('beijing', hub);
    const positions = () => hub.reports.map(({ report }) => report.position.sequence);
    for (const upTo of [1, 2, 3]) {
      await beijing.write(space, files(1, `f${upTo}`));
      await until(() => positions().includes(upTo));
    }
    expect(positions().filter((position) => position > 0)).toEqual([1, 2, 3]);
  });

  test('reports what it has with the heartbeat when it moved, and anew from all rows when it is asked to', async () => {
    const hub = new TestHubLog(space);
    hub.givesDigests = true;
    const beijing = await start('beijing', hub);
    await beijing.write(space, files(3, 'f'));
    await showAll(3, beijing);
    hub.say({ report: { spaces: [space], deep: false } });
    await until(() => lastReport(hub, 'beijing')?.position.sequence === 3);
    expect(lastReport(hub, 'beijing')).toMatchObject({ deep: false, divergence: null });
    rot('beijing', `UPDATE entry SET state = replace(state, '"f1"', '"g1"')`);
    hub.say({ report: { spaces: [space], deep: true } });
    await until(() => lastReport(hub, 'beijing')?.deep === true);
    expect(lastReport(hub, 'beijing')?.divergence?.paths).toEqual(['/g1']);
    await beijing.stop();
    running.splice(running.indexOf(beijing), 1);
    const again = await start('beijing', hub);
    await again.write(space, files(1, 'more'));
    await until(() => lastReport(hub, 'beijing')?.position.sequence === 4);
    expect(lastReport(hub, 'beijing')?.divergence?.paths, 'a start and equal batches are no cure').toEqual(['/g1']);
    expect(hub.events.map(({ type }) => type)).toEqual(['diverged']);
  });
});

test('nothing goes out of a space whose door is closed, and everything when it is opened', async () => {
  const hub = new TestHubLog(space);
  const [beijing, shanghai] = await pair(hub);
  const author = { user: 'u', device: 'd', region: beijing.id } as Author;
  await beijing.store.closeDoor({ space, sinceMs: Date.now(), reason: 'much', author, entries: 9, changeId: 'c' }, Date.now());
  await beijing.write(space, files(4, 'b'));
  await shanghai.write(space, files(2, 's'));
  await until(async () => (await beijing.shown(space)).length === 6);
  expect([hub.head(space).sequence, await beijing.store.outboxSize(space)]).toEqual([2, 4]);
  await beijing.store.openDoor(space);
  beijing.replication.outboxChanged(space);
  await showAll(6, beijing, shanghai);
});

test('a policy that is newer at the hub comes here; without the hub the kept one counts', async () => {
  const hub = new TestHubLog(space);
  const beijing = await start('beijing', hub);
  const services = createAgreementServices(beijing);
  expect(await services.policy(space)).toEqual({ revision: 0, policy: defaultPolicy });
  const policy = { ...defaultPolicy, merge: [{ glob: '*.md', strategy: 'text' as const }] };
  hub.policies.set(space, { revision: 3, policy });
  hub.say({ policies: [{ space, revision: 3 }] });
  await until(async () => (await services.policy(space)).revision === 3);
  hub.goAway();
  expect(await services.policy(space)).toEqual({ revision: 3, policy });
  hub.policies.clear();
  hub.comeBack();
  await until(() => hub.policies.get(space)?.policy.merge.length === 1);
  await until(async () => (await services.policy(space)).revision === hub.policies.get(space)?.revision);
});

test('a region that starts while the hub is away knows the others', async () => {
  const hub = new TestHubLog(space);
  const [beijing, shanghai] = await pair(hub);
  await until(() => hub.regionUrls.size === 2);
  whileAway(hub, () => undefined);
  await until(async () => (await shanghai.store.knownRegions()).some(({ region }) => region === beijing.id));
  await shanghai.stop();
  running.splice(running.indexOf(shanghai), 1);
  hub.goAway();
  const again = await startTestRegion({ id: 'shanghai', hub: hub.port, folder: join(folder, 'shanghai') });
  running.push(again);
  expect(again.replication.knownRegions()).toEqual([{ region: beijing.id, url: beijing.url }]);
});
