import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPolicy, type RaisedEvent } from '@jzse/api';
import { openRegionStore } from '@jzse/db/region';
import { type Author, applyOperation, type Content, entryId, type Hash, regionId, replicaId, type SpaceId } from '@jzse/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MemoryTree } from '../../../../packages/sync/test/memory-tree.ts';
import { createDoorServices, doorClosedEvent } from '../../src/door-services.ts';
import { createOutboxPush } from '../../src/replicate/push-outbox.ts';
import { moveEntry, removeEntry } from '../../src/write/change-tree.ts';
import { commitVersion } from '../../src/write/commit-version.ts';
import { always, decideWrite } from '../../src/write/decide-write.ts';
import { guardDoors } from '../../src/write/guard-doors.ts';
import type { WriteDeps } from '../../src/write/write-deps.ts';

const space = 'demo' as SpaceId;
const wei: Author = { user: 'wei', device: 'desk', region: regionId('beijing') };
let it: Awaited<ReturnType<typeof open>>;
beforeEach(async () => {
  it = await open();
});
afterEach(() => it.close());

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'jzse-doors-'));
  const clock = { nowMs: 1_000_000 };
  const nowMs = () => clock.nowMs++;
  const opened = openRegionStore({ file: join(folder, 'region.db'), nowMs });
  await opened.createSpace(space);
  await opened.adoptReplica(regionId('beijing'), replicaId(regionId('beijing'), 1));
  await opened.setPolicy(space, {
    revision: 1,
    policy: JSON.stringify({ ...defaultPolicy, doors: { sharePercent: 30, entriesMin: 10, windowMinutes: 10 } }),
  });
  const asked = { count: 0 };
  const counted = {
    ...opened,
    recentChanges: (...question: Parameters<typeof opened.recentChanges>) => {
      asked.count++;
      return opened.recentChanges(...question);
    },
  };
  const events: RaisedEvent[] = [];
  const failures: unknown[] = [];
  let ids = 0;
  const guard = () =>
    guardDoors(counted, {
      nowMs,
      newChangeId: () => `door-${++ids}`,
      onClosed: (door) => events.push(doorClosedEvent(door, regionId('beijing'))),
      onFailure: (cause) => failures.push(cause),
    });
  const store = guard();
  const announced: SpaceId[] = [];
  const write = {
    store,
    region: regionId('beijing'),
    nowMs,
    newEntryId: () => entryId(`entry-${++ids}`),
    newUploadId: () => `change-${++ids}`,
    checkCommit: () => undefined,
    checkRoom: () => undefined,
    committed: (changed: SpaceId) => announced.push(changed),
  } as Partial<WriteDeps> as WriteDeps;
  const services = createDoorServices({ write, outboxChanged: (changed) => announced.push(changed), raise: (event) => events.push(event) });
  const content = (text: string): Content => ({
    hash: Buffer.from(text.padEnd(32).slice(0, 32)).toString('hex') as Hash,
    size: 1,
    manifest: null,
  });
  const facts = { mediaType: null, modifiedMs: null };
  const put = (names: readonly string[], text: string, author = wei) =>
    commitVersion(write, {
      space,
      author,
      decide: [decideWrite({ names, content: content(text), facts, condition: always, base: null })],
      contents: [],
    });
  return {
    clock,
    opened,
    store,
    /** As a process that starts over this store has it. */
    guard,
    /** Commits as a process that dies after the flush and before it has looked. */
    dieAfter: async (commit: (into: WriteDeps) => Promise<unknown>) => void (await commit({ ...write, store: opened })),
    services,
    events,
    failures,
    asked,
    announced,
    put,
    fill: async (files: number) => {
      for (let at = 0; at < files; at++) await put(['all', `f${at}`], `${at}`);
    },
    removeInto: (into: WriteDeps, ...names: string[]) => removeEntry(into, { space, names, condition: always, author: wei }),
    rename: (from: string, to: string) => moveEntry(write, { space, from: `/${from}`, to: `/${to}`, author: wei }),
    /** As the hub takes all that waits, in the order in which it waits. */
    confirmAll: async () => {
      const tree = new MemoryTree();
      const rows = (await opened.readOutbox(space, 1_000)).map((operation, at) => {
        const position = { epoch: 0, sequence: at + 1 };
        const effects = applyOperation(tree, operation, { position, forks: {} });
        tree.apply(effects);
        return { position, operation, effects };
      });
      await opened.applyFeed(space, rows);
    },
    remove: (...names: string[]) => removeEntry(write, { space, names, condition: always, author: wei }),
    names: async () =>
      (await opened.listFolder(space, (await opened.entryAtPath(space, ['all']))!.id, { after: null, limit: 1_000 })).items.length,
    close: async () => {
      await opened.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The push loop over a hub that takes everything. */
function sending(store: Awaited<ReturnType<typeof open>>['store']) {
  const sent: string[] = [];
  const { push } = createOutboxPush({
    space,
    region: regionId('beijing'),
    store,
    hub: {
      push: async ({ operations }) => {
        sent.push(...operations.map(({ type }) => type));
        return { acknowledged: operations.length, head: { epoch: 0, sequence: operations.length } };
      },
    },
    nowMs: () => it.clock.nowMs,
    onHead: () => undefined,
    rereadFeed: async () => undefined,
    feedWasRead: () => true,
  });
  return { push, sent };
}

test('[SY14] one delete of a big folder closes the door before anyone could send it', async () => {
  await it.fill(40);
  expect(await it.store.doors()).toEqual([]);
  const sent = Promise.withResolvers<number>();
  // As the push loop does, whenever it looks: outbox first, then the doors.
  const sender = (async () => {
    for (;;) {
      const outbox = await it.store.readOutbox(space, 500);
      const isClosed = (await it.store.doors()).length > 0;
      if (isClosed) return sent.resolve(-1);
      if (outbox.some(({ type }) => type === 'delete')) return sent.resolve(outbox.length);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await it.remove('all');
  expect(await sent.promise).toBe(-1);
  await sender;
  const [door] = await it.services.doors();
  expect(door).toMatchObject({ space, entries: 40, author: wei });
  expect(door?.reason).toBe('wei (desk, beijing) deleted, moved or rewrote 40 of 40 files (100 %) within 10 minutes');
  expect(it.events).toMatchObject([{ type: 'door-closed', space, region: 'beijing', data: { entries: 40, by: 'wei' } }]);
  expect(it.failures).toEqual([]);
});

test('[SY14] renaming the folder above all files closes it, and taking it back renames it back', async () => {
  await it.fill(40);
  await it.confirmAll();
  await it.put(['all', 'f1'], 'looked at once');
  await it.rename('all', 'others');
  expect(await it.store.doors()).toMatchObject([{ entries: 40, author: wei }]);
  await it.services.undoDoor(space, wei);
  expect(await it.names()).toBe(40);
  expect(await it.store.doors()).toEqual([]);
  expect(it.failures).toEqual([]);
});

test('[SY14] nobody keeps a door open for longer than a day', async () => {
  await expect(it.services.expectChange(space, it.clock.nowMs + 25 * 3_600_000)).rejects.toMatchObject({ code: 'invalid-input' });
  await it.services.expectChange(space, it.clock.nowMs + 24 * 3_600_000);
});

test('[SY14] many small rewrites close it too, creates never do, and few look', async () => {
  await it.fill(60);
  expect(it.asked.count).toBe(0);
  for (let at = 0; at < 18; at++) await it.put(['all', `f${at}`], `new ${at}`);
  expect(await it.services.doors()).toEqual([]);
  expect(it.asked.count).toBeLessThan(4);
  await it.put(['all', 'f18'], 'new 18');
  expect(await it.services.doors()).toHaveLength(1);
});

test('[SY14] the window ends, and another author is another one', async () => {
  await it.fill(40);
  for (let at = 0; at < 9; at++) await it.put(['all', `f${at}`], `new ${at}`);
  it.clock.nowMs += 11 * 60_000;
  for (let at = 9; at < 18; at++) await it.put(['all', `f${at}`], `new ${at}`);
  for (let at = 18; at < 27; at++) await it.put(['all', `f${at}`], `new ${at}`, { ...wei, device: 'phone' });
  expect(await it.services.doors()).toEqual([]);
});

test('[SY14] opening it says that it was meant: all goes out, and later small changes do not close it again', async () => {
  await it.fill(40);
  await it.remove('all');
  it.announced.length = 0;
  await it.services.openDoor(space, wei);
  expect(it.announced).toEqual([space]);
  expect(await it.store.doors()).toEqual([]);
  await it.fill(3);
  await it.put(['all', 'f1'], 'new');
  expect(await it.store.doors()).toEqual([]);
  expect(it.events.map(({ type }) => type)).toEqual(['door-closed', 'door-opened']);
});

test('[SY14] [SY15] taking it back brings everything back, and then opens it', async () => {
  await it.fill(40);
  await it.put(['all', 'f1'], 'rewritten');
  await it.remove('all');
  const outcome = await it.services.undoDoor(space, wei);
  expect(outcome.skipped).toEqual([]);
  expect(await it.names()).toBe(40);
  expect((await it.opened.entryAtPath(space, ['all', 'f1']))?.heads[0]?.content.hash).toBe(Buffer.from('1'.padEnd(32)).toString('hex'));
  expect(await it.store.doors()).toEqual([]);
  await expect(it.services.undoDoor(space, wei)).rejects.toMatchObject({ code: 'unknown-change' });
});

test('[SY14] what was said to come leaves it open, then and afterwards', async () => {
  await it.fill(40);
  await it.services.expectChange(space, it.clock.nowMs + 60_000);
  await it.remove('all');
  expect(await it.store.doors()).toEqual([]);
  it.clock.nowMs += 61_000;
  await it.put(['other'], 'a');
  await it.put(['other'], 'b');
  expect(await it.store.doors()).toEqual([]);
});

test('[SY14] a process that died before it had looked closes the door before it sends anything, however late it starts', async () => {
  await it.fill(40);
  await it.dieAfter((dying) => it.removeInto(dying, 'all'));
  expect(await it.opened.doors(), 'nobody has looked').toEqual([]);
  it.clock.nowMs += 3_600_000;
  const { push, sent } = sending(it.guard());
  await push(new AbortController().signal);
  expect(sent).toEqual([]);
  expect(await it.opened.doors()).toMatchObject([{ space, entries: 40, author: wei, sinceMs: expect.closeTo(it.clock.nowMs, -2) }]);
  expect(it.events).toMatchObject([{ type: 'door-closed' }]);
  await it.services.undoDoor(space, wei);
  expect(await it.names()).toBe(40);
});

test('[SY14] a start closes no door for what was meant, what was little, and what went out', async () => {
  await it.fill(40);
  await it.remove('all');
  await it.services.openDoor(space, wei);
  expect(await it.guard().doors(), 'a person opened it').toEqual([]);
  await it.fill(40);
  await it.dieAfter((dying) => it.removeInto(dying, 'all', 'f1'));
  expect(await it.guard().doors()).toEqual([]);
  await it.opened.expectChange(space, it.clock.nowMs + 60_000);
  await it.dieAfter((dying) => it.removeInto(dying, 'all'));
  it.clock.nowMs += 3_600_000;
  expect(await it.guard().doors(), 'it was expected then').toEqual([]);
});
