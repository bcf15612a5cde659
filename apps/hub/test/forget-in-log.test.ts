import type { EntryId, Forget, Operation, SpaceId } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import { expect, test } from 'vitest';
import { createForgetInLog } from '../src/forget/forget-in-log.ts';

const space = 'demo' as SpaceId;
const startedMs = Date.UTC(2026, 10, 1);

/** A log that takes whatever it is given; `acknowledged` can be set back, as by a restored backup. */
function openLog() {
  const batches: Operation[][] = [];
  const acknowledged: Record<string, number> = {};
  const forget = createForgetInLog({
    store: {
      snapshotHead: async () => ({
        position: { epoch: 3, sequence: 9 },
        dot: null,
        forks: {},
        acknowledged: { ...acknowledged },
        safe: 0,
        digest: '',
      }),
      integrate: async ({ operations }) => {
        batches.push([...operations]);
        for (const { dot } of operations) acknowledged[dot.replica] = dot.counter;
        return { acknowledged: operations.length, head: { epoch: 3, sequence: 10 }, rows: [], skewMs: null };
      },
    },
    board: { headMoved: () => undefined },
    tail: { append: () => undefined },
    nowMs: () => startedMs,
    onIntegrated: () => undefined,
  });
  const dots = (): string[] => batches.flat().map(({ dot }) => dotKey(dot));
  return { forget, batches, acknowledged, dots };
}
const versions = (count: number): Forget['versions'] =>
  Array.from({ length: count }, (_, at) => ({ entryId: `e${at}` as EntryId, dot: { replica: 'beijing:1' as never, counter: at + 1 } }));

test('[SY11] much is forgotten in several operations, all in one batch', async () => {
  const { forget, batches } = openLog();
  await forget(space, { entries: [], versions: versions(4_100) });
  expect(batches).toHaveLength(1);
  expect(batches[0]?.map((operation) => operation.type === 'forget' && operation.versions.length)).toEqual([2_000, 2_000, 100]);
  await forget(space, { entries: [], versions: [] });
  expect(batches).toHaveLength(1);
});

test('[SY10] the hub never uses a dot twice, though its log was restored under it', async () => {
  const { forget, acknowledged, dots } = openLog();
  for (let round = 0; round < 3; round++) await forget(space, { entries: [], versions: versions(1) });
  const [replica] = Object.keys(acknowledged);
  expect(dots()).toEqual([1, 2, 3].map((counter) => `${replica}/${counter}`));
  acknowledged[replica ?? ''] = 1;
  for (let round = 0; round < 2; round++) await forget(space, { entries: [], versions: versions(1) });
  expect(new Set(dots()).size).toBe(5);
  expect(
    dots()
      .slice(3)
      .every((dot) => !dot.startsWith(`${replica}/`)),
  ).toBe(true);
});
