import type { Effect, FeedRow, Forget, Operation, RegionId, SpaceId } from '@jzse/sync';
import { dotKey, hubRegion, hubReplica } from '@jzse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runHistory } from '../../sync/test/history.ts';
import { MemoryTree } from '../../sync/test/memory-tree.ts';
import { seededRandom } from '../../sync/test/seeded-random.ts';
import type { HubStore } from '../src/hub/index.ts';
import { openHubStore } from '../src/hub/index.ts';
import { TestAuthor, TestTree } from '../src/testing/index.ts';
import { TestHubLog } from './test-hub-log.ts';
import type { TestPostgres } from './test-postgres.ts';
import { startTestPostgres } from './test-postgres.ts';

const seeds = Number(process.env['JZSE_HUB_HISTORIES'] ?? 25);
const nowMs = 1_000_000_000;
type Integrated = Awaited<ReturnType<HubStore['integrate']>>;
const start = { epoch: 0, sequence: 0 };

let server: TestPostgres;
let store: HubStore;
let databaseUrl: string;
beforeAll(async () => {
  server = await startTestPostgres();
  databaseUrl = await server.createDatabase();
  store = await openHubStore({ databaseUrl });
});
afterAll(async () => {
  await store.close();
  await server.stop();
});

test(`[SY1] [SY10] [SY13] ${seeds} random histories: the store's feed, digests, tree and snapshot are those that the core gives in memory`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const space = `history-${seed}` as SpaceId;
    await store.createSpace(space);
    const log = new TestHubLog();
    const operations = inLogOrder(seed);
    for (const operation of operations) log.take(operation, nowMs);
    await pushAll(space, operations, seed);
    expect((await store.readFeed(space, start, 10_000)).map(comparable), `feed of history ${seed}`).toEqual(log.rows.map(comparable));
    const tree = await snapshotOf(space);
    await checkDigests(space, tree);
    expect([...tree.entries.values()].sort(byId), `entries of history ${seed}`).toEqual([...log.tree.entries.values()].sort(byId));
    expect([...tree.aliases].sort(), `aliases of history ${seed}`).toEqual([...log.tree.aliases].sort());
  }
});

test('[SY1] [SY13] random histories pushed all at once: each batch is prepared while the one before is written, and the log is the same', async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const space = `at-once-${seed}` as SpaceId;
    await store.createSpace(space);
    const log = new TestHubLog();
    const operations = inLogOrder(seed);
    const half = Math.floor(operations.length / 2);
    for (const operation of operations.slice(0, half)) log.take(operation, nowMs);
    await pushAtOnce(space, operations.slice(0, half), { seed, to: store });
    const forget = await planForget(space, new TestAuthor(hubReplica(0)));
    const rest = [forget, ...operations.slice(half)];
    for (const operation of rest) log.take(operation, nowMs);
    const integrated = await pushAtOnce(space, rest, { seed, to: store });
    expect(integrated.flatMap(({ rows }) => rows.map(({ position }) => position.sequence))).toEqual(rest.map((_, at) => half + at + 1));
    expect((await store.readFeed(space, start, 10_000)).map(comparable), `feed of history ${seed}`).toEqual(log.rows.map(comparable));
    await checkDigests(space, await snapshotOf(space));
    await checkPast(space, log.rows.slice(0, half));
  }
});

test('[SY1] [SY13] two hubs on one database take the same history: every operation is in the log once, under digests that hold', async () => {
  const other = await openHubStore({ databaseUrl });
  try {
    for (let seed = 1; seed <= seeds; seed += 4) {
      const space = `two-hubs-${seed}` as SpaceId;
      await store.createSpace(space);
      const operations = inLogOrder(seed);
      await Promise.all([pushAtOnce(space, operations, { seed, to: store }), pushAtOnce(space, operations, { seed: seed + 1, to: other })]);
      const rows = await store.readFeed(space, start, 10_000);
      const dots = (taken: readonly Operation[]) => taken.map(({ dot }) => dotKey(dot)).sort();
      expect(dots(rows.map(({ operation }) => operation))).toEqual(dots(operations));
      expect(rows.map(({ position }) => position.sequence)).toEqual(rows.map((_, at) => at + 1));
      await checkDigests(space, await snapshotOf(space));
    }
  } finally {
    await other.close();
  }
});

test('[SY10] [SY13] random histories: offered again after a raised epoch nothing changes; a state that seeds an empty log has its digest', async () => {
  for (let seed = 1; seed <= seeds; seed += 3) {
    const space = `again-${seed}` as SpaceId;
    await store.createSpace(space);
    const operations = inLogOrder(seed);
    await pushAll(space, operations, seed);
    const before = await store.digest(space);
    await store.raiseEpoch(space, { epoch: 0, keptUpTo: Math.floor(operations.length / 2), nowMs });
    const { position, forks } = await store.head(space);
    expect(forks).toEqual({ 0: Math.floor(operations.length / 2) });
    const again = await store.integrate({ space, epoch: position.epoch, region: 'r1' as RegionId, operations, nowMs });
    expect(again).toMatchObject({ acknowledged: operations.length, rows: [] });
    expect(await store.digest(space)).toEqual({ position, digest: before.digest });

    const empty = `seeded-${seed}` as SpaceId;
    await store.createSpace(empty);
    const { acknowledged, forks: known } = await store.snapshotHead(space);
    let pages = 0;
    for (let after: string | null = null; ; pages++) {
      const page: { readonly items: readonly Effect[]; readonly next: string | null } = await store.snapshotPage(space, {
        after,
        limit: 7,
      });
      await store.seedPage(empty, pages, page.items);
      if (page.next === null) break;
      after = page.next;
    }
    await store.sealSeed(empty, { pages: pages + 1, position, forks: known, acknowledged, nowMs });
    expect((await store.digest(empty)).digest).toBe(before.digest);
    const offered = await store.integrate({ space: empty, epoch: position.epoch + 1, region: 'r1' as RegionId, operations, nowMs });
    expect(offered, 'known by its counters').toMatchObject({ acknowledged: operations.length, rows: [] });
  }
});

test('[SY11] [SY13] random histories with forgetting in between: tree, aliases, versions and past stay those of the feed', async () => {
  let forgotten = 0;
  for (let seed = 1; seed <= seeds; seed += 2) {
    const space = `forgetting-${seed}` as SpaceId;
    await store.createSpace(space);
    const operations = inLogOrder(seed);
    const hub = new TestAuthor(hubReplica(0));
    for (let at = 0; at < operations.length; at += 15) {
      await pushAll(space, operations.slice(at, at + 15), seed);
      const forget = await planForget(space, hub);
      forgotten += forget.entries.length + forget.versions.length;
      await store.integrate({ space, epoch: 0, region: hubRegion, operations: [forget], nowMs });
    }
    const rows = await store.readFeed(space, start, 10_000);
    expect(rows.length).toBe(operations.length + hub.counter);
    const tree = new TestTree();
    for (const row of rows) tree.apply(row.effects);
    const taken = new TestTree();
    for (let after: string | null = null; ; ) {
      const page: { readonly items: readonly Effect[]; readonly next: string | null } = await store.snapshotPage(space, {
        after,
        limit: 50,
      });
      taken.apply(page.items);
      if (page.next === null) break;
      after = page.next;
    }
    expect(sorted(taken.entries)).toEqual(sorted(tree.entries));
    expect(sorted(taken.aliases)).toEqual(sorted(tree.aliases));
    expect(sorted(taken.versions)).toEqual(sorted(tree.versions));
    expect((await store.digest(space)).digest).toBe(tree.digest());
    await checkDigests(space, await snapshotOf(space));
    for (const at of [0.3, 0.6, 0.9]) await checkPast(space, rows.slice(0, Math.floor(rows.length * at)));
  }
  expect(forgotten).toBeGreaterThan(100);
});

async function planForget(space: SpaceId, hub: TestAuthor): Promise<Forget> {
  const all = { beforeMs: Number.MAX_SAFE_INTEGER, upTo: Number.MAX_SAFE_INTEGER };
  const tombstones = await store.oldTombstones(space, { ...all, limit: 5 });
  const { items } = await store.entriesWithOldVersions(space, { ...all, page: { after: null, limit: 1000 } });
  const versions = [
    ...tombstones.flatMap((tombstone) => tombstone.versions),
    ...items.flatMap(({ entry, versions: of }) => of.map(({ dot }) => ({ entryId: entry.id, dot }))),
  ];
  return hub.forget(
    tombstones.map(({ id, deletedBy }) => ({ id, deletedBy })),
    versions,
  );
}

const sorted = (map: ReadonlyMap<string, unknown>) => [...map].sort(([left], [right]) => (left < right ? -1 : 1));

test('random histories: the past is what the feed gives up to there, also when what is older is pruned', async () => {
  for (let seed = 2; seed <= seeds; seed += 4) {
    const space = `past-${seed}` as SpaceId;
    await store.createSpace(space);
    await pushAll(space, inLogOrder(seed), seed);
    const rows = await store.readFeed(space, start, 10_000);
    const random = seededRandom(seed);
    const pruned = Math.floor(rows.length / 3);
    for (const at of [...Array.from({ length: 4 }, () => random.below(rows.length)), pruned, rows.length]) {
      if (at >= pruned) await store.pruneFeed(space, pruned, 10_000);
      await checkPast(space, rows.slice(0, at));
    }
  }
});

async function checkPast(space: SpaceId, rows: readonly FeedRow[]): Promise<void> {
  const tree = new MemoryTree();
  for (const row of rows) tree.apply(row.effects);
  if (rows.length < (await store.feedStart(space)).sequence) return;
  for (const entry of tree.entries.values()) {
    expect(await store.entryAt(space, entry.id, rows.length), `${entry.id} at ${rows.length} of ${space}`).toEqual(entry);
    if (entry.kind === 'file') continue;
    const page = await store.childrenAt(space, entry.id, { sequence: rows.length, page: { after: null, limit: 1000 } });
    expect(page.items.map(({ id }) => id).sort()).toEqual([...tree.liveChildren(entry.id)].sort());
  }
}

/** Each that the feed names is the one of the tree after that row, and the last that of the snapshot. */
async function checkDigests(space: SpaceId, last: MemoryTree): Promise<void> {
  const tree = new TestTree();
  for (const row of await store.readFeed(space, start, 10_000)) {
    tree.apply(row.effects);
    if (row.digest !== undefined) expect(row.digest, `digest at ${row.position.sequence} of ${space}`).toBe(tree.digest());
  }
  expect((await store.digest(space)).digest).toBe(tree.digest());
  expect(last.entries.size - 1, 'the root is implied').toBe(tree.entries.size);
  expect((await store.snapshotHead(space)).digest).toBe(tree.digest());
}

/** What the hub of a random history of the core's own tests took, in its order. Fail-overs there lose nothing of it. */
function inLogOrder(seed: number): readonly Operation[] {
  const { hub } = runHistory(seed);
  const counters = new Map<string, number>();
  return hub.feed
    .map((row) => row.operation)
    .filter(({ dot }) => {
      // Old feed may have been dropped: then a replica's first operations are missing, and the rest of it would be a gap.
      const isNext = dot.counter === (counters.get(dot.replica) ?? 0) + 1;
      if (isNext) counters.set(dot.replica, dot.counter);
      return isNext;
    });
}

/** In batches of random size, some of them twice. */
async function pushAll(space: SpaceId, operations: readonly Operation[], seed: number): Promise<void> {
  const random = seededRandom(seed);
  for (let at = 0; at < operations.length; ) {
    const size = 1 + random.below(random.chance(0.5) ? 4 : 60);
    const batch = operations.slice(Math.max(0, at - random.below(5)), at + size);
    const region = 'r0' as RegionId;
    const push = () => store.integrate({ space, epoch: 0, region, operations: batch, nowMs });
    await (random.chance(0.3) ? Promise.all([push(), push()]) : push());
    at += size;
  }
}

/** In batches of random size, none of which waits for another. */
async function pushAtOnce(
  space: SpaceId,
  operations: readonly Operation[],
  { seed, to }: { readonly seed: number; readonly to: HubStore },
): Promise<Integrated[]> {
  const random = seededRandom(seed);
  const pushes: Promise<Integrated>[] = [];
  for (let at = 0; at < operations.length; ) {
    const size = 1 + random.below(random.chance(0.7) ? 4 : 30);
    pushes.push(to.integrate({ space, epoch: 0, region: 'r0' as RegionId, operations: operations.slice(at, at + size), nowMs }));
    at += size;
  }
  return await Promise.all(pushes);
}

async function snapshotOf(space: SpaceId): Promise<MemoryTree> {
  const tree = new MemoryTree();
  for (let after: string | null = null; ; ) {
    const page: { readonly items: readonly Effect[]; readonly next: string | null } = await store.snapshotPage(space, { after, limit: 50 });
    tree.apply(page.items);
    if (page.next === null) return tree;
    after = page.next;
  }
}

const byId = (left: { readonly id: string }, right: { readonly id: string }): number => (left.id < right.id ? -1 : 1);

/** In which order a folder's children are walked, and so the effects of its delete come, is the tree's own affair. */
const comparable = ({ digest: _digest, ...row }: FeedRow) => ({
  ...row,
  effects: row.effects.map((effect) => JSON.stringify(effect)).sort(),
});
