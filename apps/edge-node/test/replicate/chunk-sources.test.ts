import type { Hash, SpaceId } from '@jzse/sync';
import { afterEach, expect, test } from 'vitest';
import { contentOf, noise, textContent } from './test-content.ts';
import { TestHubLog } from './test-hub-log.ts';
import { startTestRegion, type TestRegion } from './test-region.ts';
import { until } from './until.ts';

const space = 'demo' as SpaceId;
const running: TestRegion[] = [];

async function startThree(hub: TestHubLog): Promise<[TestRegion, TestRegion, TestRegion]> {
  const [beijing, shanghai, shenzhen] = await Promise.all(
    ['beijing', 'shanghai', 'shenzhen'].map((id) => startTestRegion({ id, hub: hub.port })),
  );
  const regions: [TestRegion, TestRegion, TestRegion] = [beijing!, shanghai!, shenzhen!];
  running.push(...regions);
  await until(() => regions.every((region) => region.store.replica() !== null));
  for (const region of regions) await region.store.createSpace(space);
  return regions;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((region) => region.stop()));
});

/** Shenzhen gets nothing until it is let: so that two others hold the content before it asks. */
async function holdByTwo(hub: TestHubLog, regions: [TestRegion, TestRegion, TestRegion], content: ReturnType<typeof contentOf>) {
  const [beijing, shanghai, shenzhen] = regions;
  await shenzhen.replication.stop();
  await beijing.write(space, [{ name: 'file', content }]);
  await until(() => shanghai.holds(content.content));
  await until(() => hub.holdersOf(space, content.content.hash).length === 2);
}

test('a holder that dies in the middle of a large content: the rest comes from another one', async () => {
  const hub = new TestHubLog(space);
  const regions = await startThree(hub);
  const [beijing, shanghai, shenzhen] = regions;
  const content = contentOf(noise(12 * 1024 * 1024, 3));
  await holdByTwo(hub, regions, content);
  let given = 0;
  const dieAfterSome = (_hash: Hash, bytes: Uint8Array | null) => (++given > 4 ? 'die' : bytes);
  beijing.serve = dieAfterSome;
  shanghai.asked.length = 0;
  running.splice(running.indexOf(shenzhen), 1);
  await shenzhen.stop();
  const again = await startTestRegion({ id: 'shenzhen', hub: hub.port });
  running.push(again);
  hub.expireLeases();
  await until(() => again.holds(content.content));
  expect(shanghai.asked.flat().length).toBeGreaterThan(0);
  for (const { hash } of content.chunks) expect(await again.chunks.get(hash)).not.toBeNull();
});

test('wrong bytes are never stored, and another holder is asked', async () => {
  const hub = new TestHubLog(space);
  const regions = await startThree(hub);
  const [beijing, shanghai, shenzhen] = regions;
  const content = textContent('the truth');
  await holdByTwo(hub, regions, content);
  beijing.serve = () => Buffer.from('a lie');
  running.splice(running.indexOf(shenzhen), 1);
  await shenzhen.stop();
  const again = await startTestRegion({ id: 'shenzhen', hub: hub.port });
  running.push(again);
  hub.expireLeases();
  await until(() => again.holds(content.content));
  expect(Buffer.from((await again.chunks.get(content.content.hash)) ?? []).toString()).toBe('the truth');
  shanghai.serve = () => Buffer.from('a lie');
  const other = textContent('only lies are told of this');
  await beijing.write(space, [{ name: 'other', content: other }]);
  await until(() => hub.calls.some((call) => call.method === 'transfers' && (call.request as { failed: string[] }).failed.length > 0));
  expect(await again.chunks.get(other.content.hash)).toBeNull();
  expect(await again.holds(other.content)).toBe(false);
});

test('what every holder says to lack is given back to the hub, and fetched when one has it', async () => {
  const hub = new TestHubLog(space);
  const [beijing, shanghai] = await startThree(hub);
  const content = textContent('now you see it');
  beijing.serve = () => null;
  await beijing.write(space, [{ name: 'file', content }]);
  await until(() => hub.calls.some((call) => call.method === 'transfers' && (call.request as { failed: string[] }).failed.length > 0));
  expect(await shanghai.holds(content.content)).toBe(false);
  beijing.serve = (_hash, bytes) => bytes;
  hub.expireLeases();
  await until(() => shanghai.holds(content.content));
});

test('a reader gets what is missing, also while the hub is away; many readers cost one request', async () => {
  const hub = new TestHubLog(space);
  const [beijing, shanghai] = await startThree(hub);
  beijing.serve = () => null;
  const content = contentOf(noise(3 * 1024 * 1024, 5));
  await beijing.write(space, [{ name: 'file', content }]);
  await until(() => shanghai.replication.knownRegions().some((region) => region.url === beijing.url));
  const manifest = content.content.manifest as Hash;
  await expect(shanghai.replication.missing.bring({ space, content: content.content, hashes: [manifest] })).rejects.toMatchObject({
    code: 'content-unavailable',
  });
  beijing.serve = (_hash, bytes) => bytes;
  hub.goAway();
  await until(() => !shanghai.replication.contact.reachable());
  beijing.asked.length = 0;
  const first = content.chunks[0]!.hash;
  await Promise.all(
    Array.from({ length: 5 }, () => shanghai.replication.missing.bring({ space, content: content.content, hashes: [manifest, first] })),
  );
  expect(await shanghai.chunks.missing([manifest, first])).toEqual([]);
  expect(beijing.asked.flat().filter((hash) => hash === first).length).toBe(1);
});

test('a reader that gives up is let go at once', async () => {
  const hub = new TestHubLog(space);
  const [beijing, shanghai] = await startThree(hub);
  beijing.serve = () => null;
  const content = textContent('nobody has it');
  const abort = new AbortController();
  const reading = shanghai.replication.missing.bring({
    space,
    content: content.content,
    hashes: [content.content.hash],
    signal: abort.signal,
  });
  abort.abort(new Error('the reader left'));
  await expect(reading).rejects.toThrow('the reader left');
});

test('a damaged chunk is healed: its content is fetched again at once', async () => {
  const hub = new TestHubLog(space);
  const [beijing, shanghai] = await startThree(hub);
  const content = contentOf(noise(3 * 1024 * 1024, 9));
  await beijing.write(space, [{ name: 'file', content }]);
  await until(() => shanghai.holds(content.content));
  const heldBytes = await shanghai.store.heldBytes();
  expect(heldBytes).toBe(content.bytes.length);
  const lost = content.chunks[1]!.hash;
  await shanghai.store.chunkIndex.remove([lost]);
  await shanghai.replication.heal(lost);
  await until(() => shanghai.holds(content.content));
  expect(await shanghai.chunks.missing([lost])).toEqual([]);
  expect(await shanghai.store.heldBytes()).toBe(heldBytes);
  await until(async () => (await shanghai.store.unreportedHoldings(10)).length === 0 && (await shanghai.store.wantedCount()) === 0);
});
