import type { SpacePolicy } from '@jzse/api';
import { defaultPolicy } from '@jzse/api';
import type { TestAuthor } from '@jzse/db/testing';
import { TestTree, testContent } from '@jzse/db/testing';
import type { FeedPosition, FeedRow, Operation, SpaceId } from '@jzse/sync';
import { rootId } from '@jzse/sync';
import { TRPCClientError } from '@trpc/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { startTestHub, type TestHub, testFolder } from './test-hub.ts';
import { TestRegion } from './test-region.ts';

const folder = testFolder();
let hub: TestHub;
let beijing: TestRegion;
let shanghai: TestRegion;
let author: TestAuthor;
let other: TestAuthor;
let space: SpaceId;
let spaces = 0;
beforeAll(async () => {
  hub = await startTestHub(folder.path);
  beijing = new TestRegion('beijing', hub.url);
  shanghai = new TestRegion('shanghai', hub.url);
});
beforeEach(async () => {
  space = `space-${++spaces}` as SpaceId;
  await beijing.admin.createSpace.mutate({ space });
  [author, other] = [await beijing.author(), await shanghai.author()];
});
afterEach(() => {
  beijing.stopListening();
  shanghai.stopListening();
});
afterAll(async () => {
  await hub?.end('SIGTERM');
  folder.remove();
});

const push = (operations: readonly Operation[], region = beijing) => region.push(operations, undefined, { space });
const head = () => beijing.hub.snapshotHead.query({ space });
const lastEvent = async (type: string) => {
  const events = await beijing.hub.events.query({ types: [type as never], limit: 1_000 });
  return events.findLast((event) => event.space === space);
};
const countEvents = async (type: string) =>
  (await beijing.hub.events.query({ types: [type as never], limit: 1_000 })).filter((event) => event.space === space).length;
const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (error: unknown) => (error instanceof TRPCClientError ? error.data?.jzse?.code : error),
  );
/** Regions that listen say where they stand when the hub wants to know. */
const rebuild = async (options: { from?: string; replace?: boolean }, said: readonly (readonly [TestRegion, FeedPosition])[]) => {
  for (const [region] of said) region.wakeUps.length = 0;
  const answer = beijing.admin.rebuild.mutate({ space, from: options.from ?? null, replace: options.replace ?? false });
  answer.catch(() => undefined);
  for (const [region, position] of said) {
    await eventually(() => region.wakeUps.some(({ report }) => report?.spaces.includes(space))).toBe(true);
    const report = { space, digest: '0'.repeat(64), atMs: Date.now(), deep: false, divergence: null, position };
    await region.hub.report.mutate({ region: region.id, reports: [report] });
  }
  return answer;
};
const rowsAfter = async (after: FeedPosition): Promise<readonly FeedRow[]> => {
  const pulled = await beijing.pull(after, { space });
  if (pulled.type !== 'rows') throw new Error(pulled.type);
  return pulled.rows;
};

describe('a log that is another than a region knows', () => {
  test('[SY10] is found out by push and pull, and begins a new epoch once', async () => {
    await push([author.createFile(rootId, 'a'), author.createFile(rootId, 'b'), author.createFile(rootId, 'c')]);
    const { position, dot } = await head();
    expect(dot).toEqual({ replica: author.replica, counter: 3 });
    const { epoch } = position;
    const foreign = { epoch, sequence: 3, dot: { replica: author.replica, counter: 77 } };
    expect(await beijing.pull(foreign, { space })).toEqual({ type: 'log-differs' });
    expect(await beijing.pull({ epoch, sequence: 4 }, { space })).toEqual({ type: 'log-differs' });
    const next = author.createFile(rootId, 'd');
    expect(await codeOf(beijing.push([next], epoch, { space, cursor: foreign }))).toBe('log-differs');
    const dots = await beijing.hub.rowDots.query({ space, sequences: [2, 9] });
    expect(dots).toEqual([{ replica: author.replica, counter: 2 }, null]);

    await Promise.all([beijing.listen(), shanghai.listen()]);
    const raise = (region: TestRegion) => region.hub.raiseEpoch.mutate({ space, region: region.id, epoch, keptUpTo: 2 });
    await Promise.all([raise(beijing), raise(shanghai)]);
    const raised = await head();
    expect(raised).toMatchObject({ position: { sequence: 3 }, forks: { [epoch]: 2 } });
    expect(raised.position.epoch).toBeGreaterThan(epoch);
    expect(await lastEvent('epoch-raised')).toMatchObject({ data: { from: epoch, to: raised.position.epoch, keptUpTo: 2 } });
    expect(await countEvents('epoch-raised')).toBe(1);
    await eventually(() => shanghai.wakeUps.flatMap(({ heads }) => heads).findLast((each) => each.space === space)?.head).toEqual(
      raised.position,
    );
    expect(await beijing.pull({ epoch, sequence: 3 }, { space })).toEqual({ type: 'snapshot-needed' });
    expect(await beijing.push([next], undefined, { space, cursor: foreign })).toMatchObject({ acknowledged: 1, head: { sequence: 4 } });
  });

  test('[SY10] what a backup holds is safe, and pulls say so', async () => {
    await push([author.createFile(rootId, 'a'), author.createFile(rootId, 'b')]);
    const { epoch } = (await head()).position;
    expect(await beijing.pull({ epoch, sequence: 0 }, { space })).toMatchObject({ safe: 0 });
    const note = (holds: Parameters<typeof beijing.admin.noteBackup.mutate>[0]['holds']) =>
      beijing.admin.noteBackup.mutate({ space, holds });
    const beforeAll = { beganMs: Date.now() };
    expect(await note(beforeAll), 'rows of the last minute may have been committed later').toMatchObject({
      safe: 0,
      head: { sequence: 2 },
    });
    expect(await codeOf(note({ beganMs: Date.now() + 3_600_000 }))).toBe('invalid-input');
    expect(await codeOf(note({ upTo: { epoch: epoch - 1, sequence: 1 } }))).toBe('precondition-failed');
    expect(await codeOf(note({ upTo: { epoch, sequence: 3 } }))).toBe('precondition-failed');
    expect(await note({ upTo: { epoch, sequence: 2 } })).toMatchObject({ safe: 2 });
    expect(await note({ upTo: { epoch, sequence: 1 } }), 'never back').toMatchObject({ safe: 2 });
    await push([author.createFile(rootId, 'c')]);
    expect(await beijing.pull({ epoch, sequence: 1 }, { space })).toMatchObject({ safe: 2, head: { sequence: 3 } });
    expect((await head()).safe).toBe(2);
  });

  test('[SY10] a log that is lost starts from the state of the furthest region that listens', async () => {
    const lost = space;
    const file = author.createFile(rootId, 'a');
    await push([file, author.write(file.entryId, [file.dot]), author.createFolder(rootId, 'd')]);
    const { digest, acknowledged } = await head();
    const { effects } = await beijing.hub.snapshotPage.query({ space, after: null, limit: 1000 });
    space = 'rebuilt' as SpaceId;
    await beijing.admin.createSpace.mutate({ space });
    expect(await codeOf(beijing.admin.rebuild.mutate({ space: lost, from: null }))).toBe('already-exists');
    expect(await codeOf(beijing.admin.rebuild.mutate({ space, from: beijing.id }))).toBe('not-ready');
    await Promise.all([beijing.listen(), shanghai.listen()]);
    const nowhere = { epoch: 9, sequence: 0 };
    const answered = (answer: FeedPosition) => [[beijing, answer] as const, [shanghai, { epoch: 5, sequence: 2 }] as const];
    expect(await codeOf(rebuild({}, [[beijing, nowhere] as const, [shanghai, nowhere] as const]))).toBe('not-ready');
    expect(await rebuild({}, answered({ epoch: 5, sequence: 3 }))).toEqual({ from: 'beijing' });
    await eventually(() => beijing.wakeUps.some(({ seed }) => seed === space)).toBe(true);
    expect(shanghai.wakeUps.some(({ seed }) => seed !== undefined)).toBe(false);

    const page = { space, effects: [], last: null };
    expect(await codeOf(shanghai.hub.seed.mutate({ ...page, region: shanghai.id, page: 0 }))).toBe('precondition-failed');
    const known = effects as never[];
    const last = { position: { epoch: 5, sequence: 3 }, forks: {}, acknowledged };
    const garbage = [
      { type: 'entry' },
      { type: 'alias' },
      { type: 'version' },
      { type: 'entry', entry: { id: 5 } },
    ] as unknown as typeof known;
    for (const effect of garbage)
      expect(await codeOf(beijing.hub.seed.mutate({ ...page, region: beijing.id, page: 0, effects: [effect] }))).toBe('invalid-input');
    expect(await codeOf(beijing.hub.seed.mutate({ ...page, region: beijing.id, page: 3, last })), 'pages 0 to 2 are missing').toBe(
      'offset-mismatch',
    );
    await beijing.hub.seed.mutate({ ...page, region: beijing.id, page: 0, effects: known.slice(0, 2) });
    await beijing.hub.seed.mutate({ ...page, region: beijing.id, page: 1, effects: known.slice(2), last });
    const seeded = await head();
    expect(seeded).toMatchObject({ position: { sequence: 3 }, digest, acknowledged, forks: { 5: 3 } });
    expect(await lastEvent('hub-seeded')).toMatchObject({ region: 'beijing', data: { position: seeded.position } });
    expect(await codeOf(beijing.hub.seed.mutate({ ...page, region: beijing.id, page: 0, last }))).toBe('already-exists');
    expect(await lastEvent('seed-refused')).toMatchObject({ region: 'beijing', data: { reason: expect.stringContaining('has begun') } });
  });

  test('[SY10] a young log that the furthest region refuses gives way to its state, and what it has taken follows', async () => {
    const file = author.createFile(rootId, 'a');
    const known = other.createFile(rootId, 'of shanghai');
    await push([file, known, author.write(file.entryId, [file.dot])]);
    const { acknowledged } = await head();
    const effects = (await beijing.hub.snapshotPage.query({ space, after: null, limit: 1000 })).effects as never[];
    space = 'young' as SpaceId;
    await beijing.admin.createSpace.mutate({ space });
    await push([file, known]);
    const news = other.createFile(rootId, 'while beijing refused');
    await push([news], shanghai);
    const { position: young } = await head();
    await Promise.all([beijing.listen(), shanghai.listen()]);
    const old = { epoch: 5, sequence: 3 };
    const follows = [shanghai, young] as const;
    expect(await codeOf(rebuild({ replace: true }, [[beijing, young], follows])), 'who follows it has nothing better').toBe(
      'precondition-failed',
    );
    expect(await codeOf(rebuild({ replace: true, from: 'shanghai' }, [follows]))).toBe('precondition-failed');
    expect(await codeOf(beijing.admin.rebuild.mutate({ space, from: null }))).toBe('already-exists');

    const last = { position: old, forks: {}, acknowledged };
    const seed = { space, region: beijing.id, page: 0, effects, last };
    expect(await codeOf(beijing.hub.seed.mutate(seed)), 'nobody said that it may').toBe('already-exists');
    expect(await rebuild({ replace: true }, [[beijing, old], follows])).toEqual({ from: 'beijing' });
    await beijing.hub.seed.mutate(seed);
    const { position, forks } = await head();
    expect(position.sequence).toBe(3 + 1);
    expect(forks).toEqual({ 5: 3, [young.epoch]: 0 });
    expect((await rowsAfter({ ...position, sequence: 3 })).map(({ operation }) => operation)).toEqual([news]);
    expect(await beijing.pull(young, { space })).toEqual({ type: 'snapshot-needed' });
    expect(await lastEvent('hub-seeded')).toMatchObject({ data: { replaced: young, position: { ...position, sequence: 3 } } });
    await push([news], shanghai);
    expect((await head()).position, 'what shanghai offers again is known').toEqual(position);

    expect(await rebuild({ replace: true, from: 'beijing' }, [[beijing, old]])).toEqual({ from: 'beijing' });
    expect(await codeOf(beijing.hub.seed.mutate(seed)), 'it has all that beijing knows').toBe('precondition-failed');
  });
});

describe('agreement', () => {
  const report = async (
    region: TestRegion,
    { position, digest }: { position: FeedPosition; digest: string },
    paths: string[] | null = null,
  ) => {
    const divergence = paths === null ? null : { since: position, paths };
    const said = { space, position, digest, atMs: Date.now(), deep: false, divergence };
    await region.hub.report.mutate({ region: region.id, reports: [said] });
  };
  const wrong = '0'.repeat(64);

  test('[SY13] the last row of a batch has the digest, and a region that differs is told of once, and when it agrees again', async () => {
    await push([author.createFile(rootId, 'a'), author.createFile(rootId, 'b')]);
    await push([author.createFile(rootId, 'c')]);
    const { position, digest } = await head();
    const rows = await rowsAfter({ epoch: position.epoch, sequence: 0 });
    expect(rows.map((row) => row.digest === undefined)).toEqual([true, false, false]);
    expect(rows[2]?.digest).toBe(digest);
    const earlier = { position: { epoch: position.epoch, sequence: 2 }, digest: rows[1]?.digest ?? '' };
    await report(beijing, earlier);
    await report(beijing, { position, digest });
    await report(beijing, { position: { epoch: position.epoch, sequence: 1 }, digest: wrong });
    expect(await countEvents('diverged')).toBe(0);

    await report(beijing, { ...earlier, digest: wrong });
    await report(beijing, { position, digest: wrong });
    expect(await lastEvent('diverged')).toMatchObject({ region: 'beijing', data: { since: earlier.position, paths: [] } });
    await report(beijing, { position, digest: wrong }, ['/b']);
    const event = { type: 'diverged' as const, space, region: beijing.id, atMs: Date.now(), data: { since: position, paths: ['/b'] } };
    await beijing.hub.raise.mutate({ events: [event] });
    expect(await lastEvent('diverged')).toMatchObject({ data: { paths: ['/b'] } });
    expect(await countEvents('diverged')).toBe(2);
    await report(beijing, { position, digest });
    await report(beijing, { position, digest });
    expect(await countEvents('converged')).toBe(1);
  });

  test('[SY13] a folder of the digest tree is told only at the position that it is asked for', async () => {
    const folderMade = author.createFolder(rootId, 'd');
    await push([folderMade, author.createFile(folderMade.entryId, 'f')]);
    const { position } = await head();
    const tree = new TestTree();
    for (const row of await rowsAfter({ ...position, sequence: 0 })) tree.apply(row.effects);
    const ask = (sequence: number) =>
      beijing.hub.digestNode.query({ space, position: { ...position, sequence }, folder: rootId, bucket: null });
    expect(await ask(1)).toEqual({ type: 'moved', head: position });
    const node = await ask(2);
    expect(node.type === 'node' && BigInt(`0x${node.childSum}`)).toBe(tree.childSum(rootId));
    expect(node.type === 'node' && node.children?.map(({ id }) => id)).toEqual([folderMade.entryId]);
  });

  test('[SY13] verifying asks those that listen, waits for them, and says who is away', async () => {
    await push([author.createFile(rootId, 'a')]);
    const now = await head();
    const states = async () => {
      const { equal, regions, position } = await beijing.hub.verify.mutate({ space });
      expect(position).toEqual(now.position);
      return [equal, ...regions.map(({ state }) => state)];
    };
    expect(await states()).toEqual([false, 'away', 'away']);
    await Promise.all([beijing.listen(), shanghai.listen()]);
    const answers = { beijing: now, shanghai: now };
    const answering = answerReports({ beijing, shanghai }, (region, deep) => {
      const { position, digest } = answers[region];
      return { space, position, digest, atMs: Date.now(), deep, divergence: null };
    });
    expect(await states()).toEqual([true, 'equal', 'equal']);
    const behind = { ...now, position: { ...now.position, sequence: 0 } };
    answers.shanghai = behind;
    const verified = states();
    await eventually(() => answering.count('shanghai')).toBeGreaterThan(1);
    answers.shanghai = now;
    expect(await verified).toEqual([true, 'equal', 'equal']);
    answers.beijing = { ...now, digest: wrong };
    expect(await states()).toEqual([false, 'diverged', 'equal']);
    answers.beijing = now;
    const deep = await beijing.hub.verify.mutate({ space, deep: true });
    expect(deep.equal).toBe(true);
    answering.stop();
  });
});

/** Regions that answer each request to report; polled, since wake-ups land in a list. */
function answerReports<Name extends string>(
  regions: Record<Name, TestRegion>,
  report: (region: Name, deep: boolean) => Parameters<TestRegion['hub']['report']['mutate']>[0]['reports'][number],
) {
  const answered = new Map<string, number>();
  const seen = new Map<string, number>();
  const timer = setInterval(() => {
    for (const [name, region] of Object.entries(regions) as [Name, TestRegion][]) {
      const fresh = region.wakeUps.slice(seen.get(name) ?? 0);
      seen.set(name, region.wakeUps.length);
      for (const wakeUp of fresh) {
        if (wakeUp.report === undefined) continue;
        answered.set(name, (answered.get(name) ?? 0) + 1);
        void region.hub.report.mutate({ region: region.id, reports: [report(name, wakeUp.report.deep)] });
      }
    }
  }, 20);
  return { count: (name: Name) => answered.get(name) ?? 0, stop: () => clearInterval(timer) };
}

describe('policies and merges', () => {
  const policy: SpacePolicy = { ...defaultPolicy, merge: [{ glob: '*.md', strategy: 'text' }] };
  /** A file with two heads; its contents are held by whoever is named. */
  const makeConflict = async (name: string, holders: readonly TestRegion[]) => {
    const [left, right] = [
      author.createFile(rootId, name, testContent(`${space}${name}1`)),
      other.createFile(rootId, name, testContent(`${space}${name}2`)),
    ];
    for (const region of holders) {
      await region.transfers({ held: [left, right].map(({ content }) => ({ space, hash: content.hash })), want: 0 });
    }
    await push([left]);
    await push([right], shanghai);
    return { entryId: left.entryId, heads: [left.dot, right.dot] };
  };
  const work = (region: TestRegion, settled: { done?: string[]; failed?: { taskId: string; reason: string }[] } = {}) =>
    region.hub.mergeWork.mutate({ region: region.id, done: [], failed: [], want: 10, ...settled });
  const inOrder = (dots: readonly { replica: string }[]) => [...dots].sort((a, b) => (a.replica < b.replica ? -1 : 1));

  test('a policy has revisions, is told to regions, and is refused when it is none', async () => {
    expect(await beijing.hub.policy.query({ space })).toEqual({ revision: 0, policy: defaultPolicy });
    await beijing.listen();
    const { revision, policy: set } = await beijing.hub.setPolicy.mutate({ space, policy });
    expect(set).toEqual(policy);
    await eventually(() => beijing.wakeUps.flatMap(({ policies }) => policies ?? [])).toContainEqual({ space, revision });
    await shanghai.listen();
    expect(shanghai.wakeUps.at(-1)?.policies).toContainEqual({ space, revision });
    expect(await codeOf(beijing.hub.setPolicy.mutate({ space, policy: { merge: 'all' } as never }))).toBe('invalid-input');
    expect(await codeOf(beijing.hub.policy.query({ space: 'nope' as never }))).toBe('unknown-space');
  });

  test('[SY8] a conflict whose path has a rule goes to one region that holds all heads; failing says why and is not tried again', async () => {
    await beijing.hub.setPolicy.mutate({ space, policy });
    await shanghai.listen();
    const conflict = await makeConflict('a.md', [shanghai]);
    await makeConflict('a.png', [shanghai, beijing]);
    await eventually(() => shanghai.wakeUps.slice(1).some(({ merges }) => merges === true)).toBe(true);
    expect((await work(beijing)).tasks).toEqual([]);
    const { tasks } = await work(shanghai);
    expect(tasks).toHaveLength(1);
    const [task] = tasks;
    expect(task).toMatchObject({ taskId: `${space}/${conflict.entryId}`, space, rule: { glob: '*.md', strategy: 'text' } });
    expect(inOrder(task?.heads ?? [])).toEqual(inOrder(conflict.heads));
    expect((await work(shanghai)).tasks).toEqual([]);
    const states = () => beijing.hub.mergeStates.query({ space, entries: [conflict.entryId] });
    expect(await states()).toEqual([{ entryId: conflict.entryId, state: 'waiting', reason: null }]);
    const failed = [{ taskId: task?.taskId ?? '', reason: 'both changed line 3' }];
    expect((await work(shanghai, { failed })).tasks).toEqual([]);
    expect(await states()).toEqual([{ entryId: conflict.entryId, state: 'failed', reason: 'both changed line 3' }]);
    expect(await lastEvent('merge-failed')).toMatchObject({ region: 'shanghai', data: { path: '/a.md', reason: 'both changed line 3' } });
  });

  test('[SY8] conflicts that are there when a rule comes are merged; what was resolved meanwhile is not', async () => {
    const first = await makeConflict('a.md', [beijing]);
    const second = await makeConflict('b.md', [beijing]);
    expect((await work(beijing)).tasks.filter((task) => task.space === space)).toEqual([]);
    await beijing.hub.setPolicy.mutate({ space, policy });
    await push([author.resolve(second.entryId, second.heads, testContent('both'))]);
    const { tasks } = await work(beijing);
    expect(tasks.map(({ entryId }) => entryId)).toEqual([first.entryId]);
    await push([author.resolve(first.entryId, first.heads, testContent('merged'))]);
    await work(beijing, { done: [`${space}/${first.entryId}`] });
    expect(await lastEvent('merged')).toMatchObject({ data: { path: '/a.md', entryId: first.entryId } });
    expect(await beijing.hub.mergeStates.query({ space, entries: [first.entryId, second.entryId] })).toEqual([]);
  });
});

describe('clocks and forged operations', () => {
  test('[SY9] a region whose clock is ahead is listed so, and told of once a change', async () => {
    const ahead = 3_600_000;
    author.wallMs += ahead;
    await push([author.createFile(rootId, 'a')]);
    await push([author.createFile(rootId, 'b')]);
    const skewOf = async () => (await beijing.hub.regions.query()).find(({ id }) => id === 'beijing')?.clockSkewMs;
    expect(await skewOf()).toBeGreaterThan(ahead / 2);
    expect(await countEvents('clock-skew')).toBe(1);
    await push([other.createFile(rootId, 'of another')]);
    expect(await skewOf()).not.toBeNull();
    author.wallMs -= ahead;
    await push([author.createFile(rootId, 'c')]);
    expect(await skewOf()).toBeNull();
    expect(await countEvents('clock-skew')).toBe(2);
  });

  test('[SY11] no region may forget, or be called as the hub is', async () => {
    expect(await codeOf(push([author.forget([])]))).toBe('invalid-input');
    expect(await codeOf(new TestRegion('hub', hub.url).register())).toBe('invalid-input');
  });
});
