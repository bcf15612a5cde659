import { createHubClient } from '@jzse/client';
import { expect, test } from 'vitest';
import { waitForConvergence } from '../src/convergence.ts';
import type { EdgeCalls } from '../src/edge-calls.ts';
import { startThreeRegions, type ThreeRegions } from '../src/three-regions.ts';
import { waitFor } from '../src/wait-for.ts';

const plugin = (body: string): string => `export default function merge({ path, base, versions }) { ${body} }`;

const policy = {
  merge: [
    { glob: '*.md', strategy: 'text' as const },
    { glob: '*.json', strategy: 'json' as const },
    { glob: '*.log', strategy: 'lines' as const },
    { glob: '*.both', strategy: 'keep-both' as const },
    {
      glob: '*.sum',
      strategy: 'plugin' as const,
      source: plugin('return { text: String(versions.reduce((sum, { text }) => sum + Number(text) - Number(base), Number(base))) };'),
    },
    { glob: '*.loop', strategy: 'plugin' as const, source: plugin('for (;;) {}') },
    { glob: '*.throw', strategy: 'plugin' as const, source: plugin('throw new Error("I will not");') },
    { glob: '*.alloc', strategy: 'plugin' as const, source: plugin('const all = []; for (;;) all.push(new Array(100000).fill(path));') },
    { glob: '*.nonsense', strategy: 'plugin' as const, source: plugin('return 42;') },
  ],
};

interface Case {
  readonly path: string;
  readonly base: string;
  readonly beijing: string;
  readonly shanghai: string;
  readonly merged: string;
}
const merging: readonly Case[] = [
  {
    path: '/notes.md',
    base: 'one\ntwo\nthree\nfour\n',
    beijing: 'ONE\ntwo\nthree\nfour\n',
    shanghai: 'one\ntwo\nthree\nFOUR\n',
    merged: 'ONE\ntwo\nthree\nFOUR\n',
  },
  {
    path: '/settings.json',
    base: '{\n  "a": 1,\n  "b": 1\n}\n',
    beijing: '{\n  "a": 2,\n  "b": 1\n}\n',
    shanghai: '{\n  "a": 1,\n  "b": 2\n}\n',
    merged: '{\n  "a": 2,\n  "b": 2\n}\n',
  },
  { path: '/events.log', base: 'start\n', beijing: 'start\nbeijing\n', shanghai: 'start\nshanghai\n', merged: '' },
  { path: '/total.sum', base: '10', beijing: '13', shanghai: '15', merged: '18' },
];
const failing = ['/a.loop', '/a.throw', '/a.alloc', '/a.nonsense', '/hunks.md'];

test('[SY8] conflicts are merged once by the strategy of their space, and what cannot be merged stays a conflict that says why', async () => {
  await using regions = await startThreeRegions();
  const [beijing, shanghai] = [regions.calls('beijing'), regions.calls('shanghai')];
  const all = [beijing, shanghai, regions.calls('shenzhen')];
  const hub = createHubClient({ url: regions.hub.url, token: regions.token });
  await hub.trpc.setPolicy.mutate({ space: 'demo', policy });
  for (const { path, base } of merging) await beijing.put(path, Buffer.from(base));
  for (const path of failing) await beijing.put(path, Buffer.from('base\n'));
  await beijing.put('/kept.both', Buffer.from('base'));
  await waitForConvergence(all);

  cut(regions);
  for (const { path, ...texts } of merging)
    await Promise.all([beijing.put(path, Buffer.from(texts.beijing)), shanghai.put(path, Buffer.from(texts.shanghai))]);
  for (const path of [...failing, '/kept.both'])
    await Promise.all([beijing.put(path, Buffer.from('by beijing\n')), shanghai.put(path, Buffer.from('by shanghai\n'))]);
  for (const link of Object.values(regions.hubLinks)) link.restore();

  for (const { path, merged, ...texts } of merging) {
    const text = await waitFor({ what: `${path} is merged everywhere`, deadlineMs: 60_000 }, () => sameEverywhere(all, path, texts));
    if (merged !== '') expect(text).toBe(merged);
    else expect(text.split('\n').sort()).toEqual(['', 'beijing', 'shanghai', 'start']);
    const newest = (await beijing.history(path))[0];
    expect(newest?.parents).toHaveLength(2);
  }
  await waitFor({ what: 'both are kept', deadlineMs: 60_000 }, async () => {
    const names = (await shanghai.list('/')).filter(({ name }) => name.startsWith('kept'));
    return names.length === 2 && names.every(({ siblings }) => siblings === 1);
  });
  for (const path of failing) {
    const conflict = await waitFor({ what: `${path} says why it was not merged`, deadlineMs: 60_000 }, async () => {
      const detail = await shanghai.client.trpc.conflict.query({ space: 'demo', path });
      return detail.merge.state === 'failed' ? detail : null;
    });
    expect(conflict.versions).toHaveLength(2);
    expect(conflict.merge.reason).toBeTruthy();
  }
  const events = await hub.trpc.events.query({ types: ['merge-failed'] });
  expect(new Set(events.map(({ data }) => data['path']))).toEqual(new Set(failing));
  await waitForConvergence(all);
  // Exactly one merge each: the versions of both authors, the base, and one merged version.
  for (const { path } of merging) expect(await beijing.history(path)).toHaveLength(4);
});

function cut(regions: ThreeRegions): void {
  for (const link of Object.values(regions.hubLinks)) link.cut();
}

async function sameEverywhere(
  all: readonly EdgeCalls[],
  path: string,
  former: { readonly beijing: string; readonly shanghai: string },
): Promise<string | null> {
  const texts = await Promise.all(all.map(async (edge) => (await edge.get(path)).toString()));
  const entries = await Promise.all(all.map((edge) => edge.stat(path)));
  const [text = ''] = texts;
  const isMerged = text !== former.beijing && text !== former.shanghai;
  return isMerged && texts.every((other) => other === text) && entries.every(({ siblings }) => siblings === 1) ? text : null;
}
