import { JzseError, type MergeRule } from '@jzse/api';
import { type MergeTask, mergeLeaseMs } from '@jzse/api/hub';
import type { Dot, Operation } from '@jzse/sync';
import { applyOperation, dotKey, rootEntry, TreeOverlay, utcDate } from '@jzse/sync';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MergesDeps, startMerges } from '../../src/replicate/run-merges.ts';
import { runMergeTask } from '../../src/write/run-merge-task.ts';
import { type ConflictedRegion, keys, namesIn, openConflictedRegion, space } from './conflicted-region.ts';

let at: ConflictedRegion;
beforeEach(async () => {
  at = await openConflictedRegion();
});
afterEach(() => at.close());

const text: MergeRule = { glob: '*', strategy: 'text' };
const never = new AbortController().signal;

async function taskOf(path: string, rule: MergeRule, heads?: readonly Dot[]): Promise<MergeTask> {
  const entry = await at.entry(path);
  const dots = heads ?? entry.heads.map((head) => head.dot);
  return { taskId: `${space}/${entry.id}`, space, entryId: entry.id, heads: dots, rule, leaseUntilMs: Date.now() + 60_000 };
}
const run = async (task: MergeTask) => runMergeTask(at.merging, task, never);
const plugin = (source: string): MergeRule => ({ glob: '*', strategy: 'plugin', source });
const outbox = (): Promise<readonly Operation[]> => at.region.store.readOutbox(space, 1_000);

describe('[SY8] a merge that the hub appointed here', () => {
  test('is an ordinary resolve in place of exactly the heads, told to be nobody’s', async () => {
    const heads = await at.conflict('/a.md', '1\n2\n3\n', ['one\n2\n3\n', '1\n2\nthree\n']);
    expect(await run(await taskOf('/a.md', text))).toEqual({ type: 'done' });
    expect(await at.heads('/a.md')).toEqual(['one\n2\nthree\n']);
    const resolve = (await outbox()).at(-1);
    expect(resolve).toMatchObject({ type: 'resolve', author: { user: 'jzse', device: 'merge:text' } });
    expect(new Set(resolve?.type === 'resolve' ? keys(resolve.base) : [])).toEqual(new Set(keys(heads)));
  });

  test.each<[MergeRule, readonly string[], string]>([
    [{ glob: '*', strategy: 'json' }, ['{"a":1,"b":2}', '{"a":2}'], '{"a":2,"b":2}'],
    [{ glob: '*', strategy: 'lines' }, ['{"a":1}\nx\n', '{"a":1}\ny\n'], '{"a":1}\nx\ny\n'],
    [plugin('export default ({ versions }) => ({ text: versions.map((v) => v.text).join("+") });'), ['l', 'r'], 'l+r'],
  ])('goes by $strategy', async (rule, versions, result) => {
    await at.conflict('/f', '{"a":1}', versions);
    expect(await run(await taskOf('/f', rule))).toEqual({ type: 'done' });
    expect(await at.heads('/f')).toEqual([result]);
  });

  test('keeps both as files where the policy says so', async () => {
    await at.conflict('/kb.md', 'base', ['left', 'right']);
    expect(await run(await taskOf('/kb.md', { glob: '*', strategy: 'keep-both' }))).toEqual({ type: 'done' });
    expect(await namesIn(at, '/')).toEqual([`kb (conflict beijing ${utcDate(Date.now())}).md`, 'kb.md']);
    expect(await run(await taskOf('/kb.md', { glob: '*', strategy: 'lww' }))).toEqual({ type: 'done' });
  });

  test.each([
    ['loops', 'export default () => { for (;;); };', /longer than 2 seconds/],
    ['throws', 'export default () => { throw new Error("no"); };', /no/],
    ['allocates', 'export default () => { const all = []; for (;;) all.push(new Array(100000).fill(1)); };', /more than 64 MiB/],
    ['answers nonsense', 'export default () => 7;', /neither/],
    ['says no', 'export default () => ({ conflict: "these two never" });', /these two never/],
  ])('leaves the conflict in place when a plug-in %s, and says why', async (_what, source, reason) => {
    const heads = await at.conflict('/p', 'base', ['left', 'right']);
    const before = await outbox();
    expect(await run(await taskOf('/p', plugin(source)))).toEqual({ type: 'failed', reason: expect.stringMatching(reason) });
    expect(new Set((await at.entry('/p')).heads.map((head) => dotKey(head.dot)))).toEqual(new Set(keys(heads)));
    expect(await outbox()).toEqual(before);
  });

  test('names the places where it collides', async () => {
    await at.conflict('/c', 'a\nb\n', ['a\nX\n', 'a\nY\n']);
    expect(await run(await taskOf('/c', text))).toEqual({ type: 'failed', reason: 'both sides changed the same lines: line 2' });
  });

  test('commits nothing when the heads are others by now, and waits for heads that have not come yet', async () => {
    const heads = await at.conflict('/gone', 'base', ['left', 'right']);
    const task = await taskOf('/gone', text);
    await at.put('/gone', 'both');
    const before = (await outbox()).length;
    expect(await run(task)).toEqual({ type: 'done' });
    const unknown = { replica: 'shanghai:1', counter: 77 } as Dot;
    expect(await run({ ...task, heads: [...heads, unknown] })).toEqual({ type: 'later' });
    expect((await outbox()).length).toBe(before);
  });

  test('waits for contents that nobody gives now', async () => {
    await at.conflict('/away', 'base', ['left', 'right']);
    const task = await taskOf('/away', text);
    const readText = async () => {
      throw new JzseError('content-unavailable', 'nobody has it');
    };
    expect(await runMergeTask({ ...at.merging, readText }, task, never)).toEqual({ type: 'later' });
  });

  test('done here and elsewhere from the same heads is one head', async () => {
    await at.conflict('/twice', '1\n2\n3\n', ['one\n2\n3\n', '1\n2\nthree\n']);
    const before = await at.entry('/twice');
    await run(await taskOf('/twice', text));
    const resolve = (await outbox()).at(-1) as Operation;
    const tree = new TreeOverlay({
      entry: () => null,
      aliasOf: () => null,
      liveChild: () => null,
      liveChildren: () => [],
      aliasesTo: () => [],
    } as never);
    for (const entry of [rootEntry, before]) tree.put(entry);
    const elsewhere = { ...resolve, dot: { replica: 'shanghai:1', counter: 9 } as Dot };
    for (const operation of [resolve, elsewhere]) tree.apply(applyOperation(tree, operation, { position: null, forks: {} }));
    expect(tree.entry(before.id)?.heads).toHaveLength(1);
  });
});

/** A hub that leases its tasks once, and remembers what it was told. */
function testHub(tasks: readonly MergeTask[]) {
  let waiting = [...tasks];
  const told: { done: string[]; failed: { readonly taskId: string; readonly reason: string }[] } = { done: [], failed: [] };
  let answers = true;
  const mergeWork: MergesDeps['hub']['mergeWork'] = async ({ done, failed, want }) => {
    if (!answers) throw new Error('the hub is away');
    told.done.push(...done);
    told.failed.push(...failed);
    const leased = waiting.slice(0, want);
    waiting = waiting.slice(want);
    return { tasks: leased };
  };
  return {
    mergeWork,
    told,
    lease: (again: readonly MergeTask[]) => {
      waiting = [...again];
    },
    setAnswers: (value: boolean) => {
      answers = value;
    },
  };
}
const start = (
  hub: ReturnType<typeof testHub>,
  merge: MergesDeps['merge'] = (task, signal) => runMergeTask(at.merging, task, signal),
  nowMs: () => number = Date.now,
) => startMerges({ region: at.region.deps.region, hub, nowMs, logger: pino({ level: 'silent' }), merge });

describe('[SY8] the merges of a region', () => {
  test('are leased, run and told; what fails is told with the reason', async () => {
    for (let index = 0; index < 12; index++) await at.conflict(`/many/${index}`, '1\n2\n3\n', ['one\n2\n3\n', '1\n2\nthree\n']);
    await at.conflict('/bad', 'a', ['b', 'c']);
    const tasks = await Promise.all(
      [...Array.from({ length: 12 }, (_, index) => `/many/${index}`), '/bad'].map((path) => taskOf(path, text)),
    );
    const hub = testHub(tasks);
    const merges = start(hub);
    await expect.poll(() => hub.told.done.length + hub.told.failed.length, { timeout: 20_000 }).toBe(13);
    await merges.stop();
    expect(hub.told.failed).toEqual([{ taskId: tasks[12]?.taskId, reason: expect.stringMatching(/both sides/) }]);
    expect(await at.heads('/many/7')).toEqual(['one\n2\nthree\n']);
  });

  test('that were committed and not told are told when they are leased again; nothing is committed twice', async () => {
    await at.conflict('/once', '1\n2\n3\n', ['one\n2\n3\n', '1\n2\nthree\n']);
    const task = await taskOf('/once', text);
    const hub = testHub([task]);
    const died = start(hub, async (leased, signal) => {
      await runMergeTask(at.merging, leased, signal);
      hub.setAnswers(false);
      return { type: 'done' };
    });
    await expect.poll(() => at.heads('/once'), { timeout: 20_000 }).toEqual(['one\n2\nthree\n']);
    await died.stop();
    expect(hub.told.done).toEqual([]);
    const before = (await outbox()).length;
    hub.setAnswers(true);
    hub.lease([task]);
    const merges = start(hub);
    await expect.poll(() => hub.told.done, { timeout: 20_000 }).toEqual([task.taskId]);
    await merges.stop();
    expect((await outbox()).length).toBe(before);
  });

  test('that wait for something hold up no other', async () => {
    for (const path of ['/first', '/second']) await at.conflict(path, '1\n2\n3\n', ['one\n2\n3\n', '1\n2\nthree\n']);
    const waiting = await taskOf('/first', text);
    const hub = testHub([waiting, await taskOf('/second', text)]);
    let tries = 0;
    const merges = start(hub, async (task, signal) => {
      if (task.taskId !== waiting.taskId) return runMergeTask(at.merging, task, signal);
      tries++;
      return tries < 3 ? { type: 'later' } : runMergeTask(at.merging, task, signal);
    });
    await expect.poll(() => hub.told.done, { timeout: 20_000 }).toHaveLength(2);
    expect(hub.told.done[1]).toBe(waiting.taskId);
    await merges.stop();
  });

  test('are given up with their lease, which the own clock measures: that of the hub may be wrong', async () => {
    await at.conflict('/leased', '1\n2\n3\n', ['one\n2\n3\n', '1\n2\nthree\n']);
    const task = { ...(await taskOf('/leased', text)), leaseUntilMs: Date.now() - 3_600_000 };
    const hub = testHub([{ ...task, taskId: 'demo/late' }, task]);
    let sleptMs = 0;
    const tried: string[] = [];
    const merges = start(
      hub,
      async (leased, signal) => {
        tried.push(leased.taskId);
        if (leased.taskId !== 'demo/late') return runMergeTask(at.merging, leased, signal);
        // Twice that is past the lease; what is left of it after once is for a slow machine.
        sleptMs += mergeLeaseMs * 0.6;
        return { type: 'later' };
      },
      () => Date.now() + sleptMs,
    );
    await expect.poll(() => hub.told.done, { timeout: 20_000 }).toEqual([task.taskId]);
    hub.lease([{ ...task, taskId: 'demo/next' }]);
    merges.hubHasWork();
    await expect.poll(() => tried.at(-1), { timeout: 20_000 }).toBe('demo/next');
    await merges.stop();
    expect(tried.filter((taskId) => taskId === 'demo/late').length).toBeLessThan(3);
  });

  test('end with the region, in the middle of a plug-in too, and nothing is told of what was not done', async () => {
    await at.conflict('/slow', 'a', ['b', 'c']);
    const hub = testHub([await taskOf('/slow', plugin('export default () => { for (;;); };'))]);
    let started = false;
    const merges = start(hub, (task, signal) => {
      started = true;
      return runMergeTask(at.merging, task, signal);
    });
    await expect.poll(() => started).toBe(true);
    await merges.stop();
    expect(hub.told).toEqual({ done: [], failed: [] });
  });
});
