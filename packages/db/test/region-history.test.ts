import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Effect, EntryId, Forget, Operation, SpaceId } from '@jzse/sync';
import { dotKey, hubRegion, hubReplica, regionId, rootId } from '@jzse/sync';
import { expect, test } from 'vitest';
import { MemoryTree } from '../../sync/test/memory-tree.ts';
import type { SeededRandom } from '../../sync/test/seeded-random.ts';
import { seededRandom } from '../../sync/test/seeded-random.ts';
import { authorOperation } from '../../sync/test/test-author.ts';
import type { Snapshot } from '../../sync/test/test-hub.ts';
import { TestHub } from '../../sync/test/test-hub.ts';
import { TestRegion } from '../../sync/test/test-region.ts';
import type { OpenRegionStore } from '../src/region/index.ts';
import { openRegionStore } from '../src/region/index.ts';
import { digestOf } from './tree-digest.ts';

const space = 'demo' as SpaceId;
const nobody = { user: 'nobody', device: 'none', region: regionId('r0') };
const histories = Number(process.env['JZSE_HISTORIES'] ?? 40);
/** Thousands of flushes, and no power cut to survive: memory will do. */
const fastFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const stepsPerHistory = 250;

/** A region as the pure core says it must be, and the store that has to show the same after every step. */
interface Pair {
  readonly pure: TestRegion;
  readonly file: string;
  store: OpenRegionStore;
}

test(`[SY1] [SY5] [SY10] [SY11] [SY13] in ${histories} random histories the store shows what the pure core shows and sums what it sums, after every step`, async () => {
  for (let seed = 1; seed <= histories; seed++) {
    const folder = mkdtempSync(join(fastFolder, 'jzse-history-'));
    try {
      await runHistory(folder, seed);
    } catch (cause) {
      throw new Error(`history ${seed}: ${cause instanceof Error ? cause.message : ''}`, { cause });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});

async function runHistory(folder: string, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const hub = new TestHub();
  const pairs = await Promise.all([0, 1].map((index) => openPair(folder, index)));
  for (let step = 0; step < stepsPerHistory; step++) {
    const pair = random.pick(pairs);
    const kind = random.next();
    const meanwhile = () => author(pair, authorOperation(pair.pure, 1_000_000 + step * 10, random));
    if (kind < 0.5) await meanwhile();
    else if (kind < 0.72)
      hub.integrate({ epoch: pair.pure.state.epoch, operations: pair.pure.state.outbox.slice(0, 1 + random.below(6)) }, 2_000_000);
    else if (kind < 0.94) await pull(hub, pair, { limit: 1 + random.below(8), meanwhile });
    else if (kind < 0.97) forget(hub, random);
    else if (kind < 0.98) hub.checkpoint();
    else if (kind < 0.985) hub.failOver();
    else if (kind < 0.99) hub.collect(random.below(30), false);
    else await restart(pair);
    await compare(pair, step);
  }
  for (const pair of pairs) await compareWhole(pair);
  await Promise.all(pairs.map((pair) => pair.store.close()));
}

async function compare({ pure, store }: Pair, step: number): Promise<void> {
  const place = `step ${step}, region ${pure.index}`;
  expect(await shown(store), place).toBe(pure.shown().shown());
  const files = [...pure.shown().entries.values()].filter((entry) => entry.deleted === null && entry.heads.length > 0).length;
  expect((await store.recentChanges(space, nobody, 0)).total, place).toBe(files);
  expect(await store.outboxSize(space), place).toBe(pure.state.outbox.length);
  const digest = { position: { epoch: pure.state.epoch, sequence: pure.state.sequence }, digest: digestOf(pure.state.confirmed) };
  expect(await store.digest(space), place).toEqual(digest);
  if (step % 20 === 0) expect(await store.recomputeDigest(space), place).toEqual(digest);
}

/** The confirmed state, read as a region would send it to a hub that lost everything. */
async function compareWhole({ pure, store }: Pair): Promise<void> {
  const tree = new MemoryTree();
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<OpenRegionStore['confirmedPage']>> = await store.confirmedPage(space, { after, limit: 7 });
    tree.apply(page.items);
    after = page.next;
  } while (after !== null);
  expect(digestOf(tree)).toBe(digestOf(pure.state.confirmed));
  const { position } = await store.cursor(space);
  expect(await store.acknowledgedCounters(space)).toBeTypeOf('object');
  expect((await store.feedRange(space))?.last.sequence ?? position.sequence).toBe(position.sequence);
}

/** Some of the tombstones and superseded versions there are, and some that are meant otherwise than they stand. */
function forget(hub: TestHub, random: SeededRandom): void {
  const dead = [...hub.tree.entries.values()].filter((entry) => entry.deleted !== null && random.chance(0.5));
  const old = [...hub.tree.versions.values()].filter(() => random.chance(0.2));
  const replica = hubReplica(hub.epoch);
  const counter = (hub.acknowledged.get(replica) ?? 0) + 1;
  const operation: Forget = {
    type: 'forget',
    entryId: rootId,
    dot: { replica, counter },
    stamp: { wallMs: 1_000_000, logical: 0, replica },
    context: { position: { epoch: hub.epoch, sequence: hub.sequence }, counter: counter - 1 },
    author: { user: 'hub', device: 'hub', region: hubRegion },
    entries: dead.flatMap(({ id, deleted }) => (deleted === null ? [] : [{ id, deletedBy: deleted.dot }])),
    versions: old.map(({ entryId, version }) => ({ entryId, dot: version.dot })),
  };
  hub.integrate({ epoch: hub.epoch, operations: [operation] }, 2_000_000);
}

async function restart(pair: Pair): Promise<void> {
  await pair.store.close();
  pair.store = openRegionStore({ file: pair.file, nowMs: () => 0 });
}

async function openPair(folder: string, index: number): Promise<Pair> {
  const pure = new TestRegion(index);
  const file = join(folder, `${index}.db`);
  const store = openRegionStore({ file, nowMs: () => 0 });
  await store.createSpace(space);
  await store.adoptReplica(regionId(`r${index}`), pure.replica);
  return { pure, file, store };
}

async function author({ pure, store }: Pair, operation: Operation | null): Promise<void> {
  if (operation === null) return;
  pure.commit(operation);
  await store.commit({ space, contents: [], decide: () => [operation] });
}

/** `meanwhile` commits while a snapshot is on its way. */
async function pull(
  hub: TestHub,
  { pure, store }: Pair,
  { limit, meanwhile }: { readonly limit: number; readonly meanwhile: () => Promise<void> },
): Promise<void> {
  const answer = hub.answer({ epoch: pure.state.epoch, after: pure.state.sequence }, limit);
  if (answer.type === 'rows') await store.applyFeed(space, answer.rows);
  else await store.applySnapshot(space, { ...toStoreSnapshot(answer, meanwhile), taken: taken(pure, answer) });
  pure.receive(answer);
}

/** This disk was never put back: what the hub has under numbers of the outbox is what waits in it. */
async function* taken({ state }: TestRegion, { acknowledged }: Snapshot): AsyncGenerator<readonly Operation[]> {
  yield state.outbox.filter(({ dot }) => dot.counter <= (acknowledged.get(dot.replica) ?? 0));
}

function toStoreSnapshot(snapshot: Snapshot, meanwhile: () => Promise<void>): Parameters<OpenRegionStore['applySnapshot']>[1] {
  const entries = [...snapshot.tree.entries.values()]
    .filter((entry) => entry.id !== rootId)
    .map((entry): Effect => ({ type: 'entry', entry }));
  const aliases = [...snapshot.tree.aliases].map(([from, to]): Effect => ({ type: 'alias', from, to }));
  const versions = [...snapshot.tree.versions.values()].map((named): Effect => ({ type: 'version', ...named }));
  const { epoch, sequence, forks } = snapshot;
  const first = sequence - snapshot.tail.length + 1;
  return {
    position: { epoch, sequence },
    forks,
    acknowledged: Object.fromEntries(snapshot.acknowledged),
    dot: null,
    pages: (async function* () {
      yield { effects: entries };
      await meanwhile();
      yield { effects: aliases };
      await meanwhile();
      yield { effects: versions };
    })(),
    tail: snapshot.tail.map((operation, at) => ({ position: { epoch, sequence: first + at }, operation, effects: [] })),
  };
}

/** The same text as `MemoryTree.shown`. */
async function shown(store: OpenRegionStore): Promise<string> {
  const lines: string[] = [];
  const walk = async (id: EntryId, path: string): Promise<void> => {
    const { items } = await store.listFolder(space, id, { after: null, limit: 10_000 });
    for (const entry of [...items].sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const heads = entry.heads.map((head) => `${head.content.hash}@${dotKey(head.dot)}`).join('|');
      lines.push(`${path}/${entry.name}${entry.kind === 'folder' ? '/' : `=${heads}`}`);
      await walk(entry.id, `${path}/${entry.name}`);
    }
  };
  await walk(rootId, '');
  return lines.join('\n');
}
