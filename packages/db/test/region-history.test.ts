import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Effect, EntryId, Operation, SpaceId } from '@jzse/sync';
import { dotKey, regionId, rootId } from '@jzse/sync';
import { expect, test } from 'vitest';
import { seededRandom } from '../../sync/test/seeded-random.ts';
import { authorOperation } from '../../sync/test/test-author.ts';
import type { Snapshot } from '../../sync/test/test-hub.ts';
import { TestHub } from '../../sync/test/test-hub.ts';
import { TestRegion } from '../../sync/test/test-region.ts';
import type { OpenRegionStore } from '../src/region/index.ts';
import { openRegionStore } from '../src/region/index.ts';

const space = 'demo' as SpaceId;
const histories = Number(process.env['JZSE_HISTORIES'] ?? 40);
/** Thousands of flushes, and no power cut to survive: memory will do. */
const fastFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const stepsPerHistory = 250;

/** A region as the pure core says it must be, and the store that has to show the same after every step. */
interface Pair {
  readonly pure: TestRegion;
  readonly store: OpenRegionStore;
}

test(`[SY1] [SY5] [SY10] in ${histories} random histories the store shows what the pure core shows, after every step`, async () => {
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
    if (kind < 0.5) await author(pair, authorOperation(pair.pure, 1_000_000 + step * 10, random));
    else if (kind < 0.72)
      hub.integrate({ epoch: pair.pure.state.epoch, operations: pair.pure.state.outbox.slice(0, 1 + random.below(6)) }, 2_000_000);
    else if (kind < 0.97) await pull(hub, pair, 1 + random.below(8));
    else if (kind < 0.98) hub.checkpoint();
    else if (kind < 0.985) hub.failOver();
    else if (kind < 0.99) hub.collect(random.below(30), false);
    expect(await shown(pair.store), `step ${step}, region ${pair.pure.index}`).toBe(pair.pure.shown().shown());
    expect(await pair.store.outboxSize(space)).toBe(pair.pure.state.outbox.length);
  }
  await Promise.all(pairs.map((pair) => pair.store.close()));
}

async function openPair(folder: string, index: number): Promise<Pair> {
  const pure = new TestRegion(index);
  const store = openRegionStore({ file: join(folder, `${index}.db`), nowMs: () => 0 });
  await store.createSpace(space);
  await store.adoptReplica(regionId(`r${index}`), pure.replica);
  return { pure, store };
}

async function author({ pure, store }: Pair, operation: Operation | null): Promise<void> {
  if (operation === null) return;
  pure.commit(operation);
  await store.commit({ space, contents: [], decide: () => [operation] });
}

async function pull(hub: TestHub, { pure, store }: Pair, limit: number): Promise<void> {
  const answer = hub.answer({ epoch: pure.state.epoch, after: pure.state.sequence }, limit);
  pure.receive(answer);
  if (answer.type === 'rows') await store.applyFeed(space, answer.rows);
  else await store.applySnapshot(space, toStoreSnapshot(answer));
}

function toStoreSnapshot(snapshot: Snapshot): Parameters<OpenRegionStore['applySnapshot']>[1] {
  const entries = [...snapshot.tree.entries.values()]
    .filter((entry) => entry.id !== rootId)
    .map((entry): Effect => ({ type: 'entry', entry }));
  const aliases = [...snapshot.tree.aliases].map(([from, to]): Effect => ({ type: 'alias', from, to }));
  const { epoch, sequence, forks } = snapshot;
  const first = sequence - snapshot.tail.length + 1;
  return {
    position: { epoch, sequence },
    forks,
    acknowledged: Object.fromEntries(snapshot.acknowledged),
    dot: null,
    pages: (async function* () {
      yield { effects: entries };
      yield { effects: aliases };
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
