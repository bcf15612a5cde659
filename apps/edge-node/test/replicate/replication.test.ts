import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Content, SpaceId } from '@jzse/sync';
import { afterEach, expect, test } from 'vitest';
import { contentOf, noise, textContent } from './test-content.ts';
import { TestHubLog } from './test-hub-log.ts';
import { startTestRegion, type TestRegion } from './test-region.ts';
import { until } from './until.ts';

const space = 'demo' as SpaceId;
const running: TestRegion[] = [];

async function start(id: string, hub: TestHubLog): Promise<TestRegion> {
  const region = await startTestRegion({ id, hub: hub.port });
  running.push(region);
  await until(() => region.store.replica() !== null);
  await region.store.createSpace(space);
  return region;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((region) => region.stop()));
});

const holdAll = async (region: TestRegion, contents: readonly { readonly content: Content }[]): Promise<boolean> => {
  for (const { content } of contents) if (!(await region.holds(content))) return false;
  return true;
};
const files = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at}`, content: textContent(`${prefix} ${at}`) }));

test('what one region writes is shown and held by the others, and the hub knows it', async () => {
  const hub = new TestHubLog(space);
  const [beijing, shanghai, shenzhen] = await Promise.all(['beijing', 'shanghai', 'shenzhen'].map((id) => start(id, hub)));
  const content = textContent('hello');
  await beijing!.write(space, [{ name: 'hello.txt', content }]);
  await until(() => hub.holdersOf(space, content.content.hash).length === 3);
  expect(await shanghai!.shown(space)).toEqual(await beijing!.shown(space));
  expect(await shenzhen!.chunks.get(content.content.hash)).toEqual(Buffer.from('hello'));
  expect(hub.transfers.size).toBe(0);
  await until(async () => (await beijing!.store.outboxSize(space)) === 0);
  expect(shanghai!.events).toMatchObject({ changed: 1, held: 1 });
});

test('a space that is new at the hub appears in every region', async () => {
  const hub = new TestHubLog(space);
  const region = await start('beijing', hub);
  hub.createSpace('later' as SpaceId);
  await until(async () => (await region.store.listSpaces()).includes('later' as SpaceId));
});

test('[SY1] lost answers, repeated calls and broken streams: every operation is in the log exactly once, in order', async () => {
  const hub = new TestHubLog(space);
  // Not every third call: a job of three calls in a row would never be done.
  let state = 7;
  const oneIn = (count: number): boolean => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % count === 0;
  };
  hub.faults.losesAnswer = () => oneIn(3);
  hub.faults.repeats = () => oneIn(2);
  const [beijing, shanghai] = await Promise.all([start('beijing', hub), start('shanghai', hub)]);
  for (let round = 0; round < 5; round++) {
    await beijing!.write(space, files(40, `b${round}-`));
    await shanghai!.write(space, files(40, `s${round}-`));
  }
  await until(async () => (await beijing!.store.outboxSize(space)) + (await shanghai!.store.outboxSize(space)) === 0);
  const dots = hub.operations(space);
  expect(dots.length).toBe(400);
  expect(new Set(dots).size).toBe(400);
  for (const replica of [beijing!.store.replica(), shanghai!.store.replica()]) {
    const counters = dots.filter((dot) => dot.startsWith(`${replica}/`)).map((dot) => Number(dot.split('/')[1]));
    expect(counters).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
  }
  await until(async () => (await beijing!.shown(space)).length === 400 && (await shanghai!.shown(space)).length === 400);
  expect(await shanghai!.shown(space)).toEqual(await beijing!.shown(space));
});

test('the hub goes away and comes back: work goes on meanwhile, then everything meets', async () => {
  const hub = new TestHubLog(space);
  const [beijing, shanghai] = await Promise.all([start('beijing', hub), start('shanghai', hub)]);
  await until(() => beijing!.replication.contact.reachable() && shanghai!.replication.contact.reachable());
  hub.goAway();
  await Promise.all([beijing!.write(space, files(20, 'b')), shanghai!.write(space, files(20, 's'))]);
  await until(() => !beijing!.replication.contact.reachable());
  expect((await beijing!.shown(space)).length).toBe(20);
  expect(await beijing!.store.outboxSize(space)).toBe(20);
  hub.comeBack();
  await until(async () => (await beijing!.shown(space)).length === 40 && (await shanghai!.shown(space)).length === 40);
  expect(await shanghai!.shown(space)).toEqual(await beijing!.shown(space));
  await until(() => hub.transfers.size === 0);
});

test('an outbox of 5,000 drains, in few calls', async () => {
  const hub = new TestHubLog(space);
  const region = await start('beijing', hub);
  await until(() => region.replication.contact.reachable());
  hub.goAway();
  await until(() => !region.replication.contact.reachable());
  const content = textContent('the same');
  const names = Array.from({ length: 5000 }, (_, at) => ({ name: `f${at}`, content }));
  for (let at = 0; at < names.length; at += 1000) await region.write(space, names.slice(at, at + 1000));
  hub.comeBack();
  await until(async () => (await region.store.outboxSize(space)) === 0);
  expect(hub.head(space).sequence).toBe(5000);
  expect(hub.calls.filter((call) => call.method === 'push').length).toBeLessThan(30);
});

test('a region that starts empty catches up by a snapshot and by the feed', async () => {
  const hub = new TestHubLog(space);
  const beijing = await start('beijing', hub);
  const before = files(120, 'old');
  await beijing.write(space, before);
  await until(() => hub.head(space).sequence === 120);
  hub.forgetFeed(space);
  const after = files(30, 'new');
  await beijing.write(space, after);
  await until(() => hub.head(space).sequence === 150);
  const shanghai = await start('shanghai', hub);
  await until(async () => (await shanghai.shown(space)).length === 150);
  expect(await shanghai.shown(space)).toEqual(await beijing.shown(space));
  expect((await shanghai.store.cursor(space)).position).toEqual(hub.head(space));
});

test('[SY10] a hub that lost the end of its log gets it back from the regions, then goes on', async () => {
  const hub = new TestHubLog(space);
  const [beijing, shanghai] = await Promise.all([start('beijing', hub), start('shanghai', hub)]);
  await beijing!.write(space, files(10, 'b'));
  await until(async () => (await shanghai!.shown(space)).length === 10);
  await shanghai!.write(space, files(10, 's'));
  await until(async () => (await beijing!.shown(space)).length === 20 && (await beijing!.store.outboxSize(space)) === 0);
  hub.failOver(space, 5);
  await beijing!.write(space, files(5, 'later'));
  await until(() => hub.head(space).sequence === 25);
  await until(async () => (await beijing!.store.outboxSize(space)) + (await shanghai!.store.outboxSize(space)) === 0);
  expect(new Set(hub.operations(space)).size).toBe(25);
  await until(async () => (await shanghai!.shown(space)).length === 25);
  expect(await shanghai!.shown(space)).toEqual(await beijing!.shown(space));
});

test('known transfers go on while the hub is away, and are reported when it is back', async () => {
  const hub = new TestHubLog(space);
  const [beijing, shanghai] = await Promise.all([start('beijing', hub), start('shanghai', hub)]);
  const written = files(50, 'f');
  beijing!.serve = () => 'die';
  await beijing!.write(space, written);
  await until(async () => (await shanghai!.store.wantedCount()) === 50);
  hub.goAway();
  beijing!.serve = (_hash, bytes) => bytes;
  await until(() =>
    holdAll(
      shanghai!,
      written.map((file) => file.content),
    ),
  );
  hub.comeBack();
  await until(() => written.every((file) => hub.holdersOf(space, file.content.content.hash).length === 2));
  await until(async () => (await shanghai!.store.wantedCount()) === 0);
});

test('large and small contents come side by side, and only what is missing is asked for', async () => {
  const hub = new TestHubLog(space);
  const [beijing, shanghai] = await Promise.all([start('beijing', hub), start('shanghai', hub)]);
  const bytes = noise(24 * 1024 * 1024, 7);
  const large = contentOf(bytes);
  await beijing!.write(space, [{ name: 'large', content: large }, ...files(20, 'small')]);
  await until(() => holdAll(shanghai!, [large]));
  const changed = Uint8Array.from(bytes);
  changed.set(noise(1000, 8), 12_000_000);
  const next = contentOf(changed);
  beijing!.asked.length = 0;
  await beijing!.write(space, [{ name: 'changed', content: next }]);
  await until(() => holdAll(shanghai!, [next]));
  const known = new Set(large.stored.map((chunk) => chunk.hash));
  expect(beijing!.asked.flat().filter((hash) => known.has(hash))).toEqual([]);
  expect(beijing!.asked.flat().length).toBeLessThan(6);
  expect(await shanghai!.store.chunksOf(next.content)).toEqual(next.chunks);
});

test('a region that stops in the middle of its work goes on with it when it starts again, without the hub', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jzse-restart-'));
  const hub = new TestHubLog(space);
  const beijing = await start('beijing', hub);
  const before = await startTestRegion({ id: 'shanghai', hub: hub.port, folder });
  await until(() => before.store.replica() !== null);
  beijing.serve = () => 'die';
  const written = files(30, 'f');
  await beijing.write(space, written);
  await until(async () => (await before.store.wantedCount()) === 30);
  await before.stop();
  hub.goAway();
  beijing.serve = (_hash, bytes) => bytes;
  const after = await startTestRegion({ id: 'shanghai', hub: hub.port, folder });
  await until(() =>
    holdAll(
      after,
      written.map((file) => file.content),
    ),
  );
  hub.comeBack();
  await until(() => written.every((file) => hub.holdersOf(space, file.content.content.hash).length === 2));
  await after.stop();
  await rm(folder, { recursive: true });
});
