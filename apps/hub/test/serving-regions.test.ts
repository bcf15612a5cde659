import type { RegionInfo } from '@jzse/api/edge';
import type { Placement } from '@jzse/api/hub';
import type { RegionId, SpaceId } from '@jzse/sync';
import { expect, test } from 'vitest';
import { servingRegions } from '../src/regions/serving-regions.ts';

const [demo, plans] = ['demo', 'plans'] as [SpaceId, SpaceId];
const info = (id: string, healthy = true): RegionInfo => ({
  id,
  url: `http://${id}.example:7400`,
  healthy,
  lastSeenMs: 1,
  diskFreeBytes: 1,
  clockSkewMs: null,
  outbox: healthy ? 3 : null,
  pendingTransfers: 2,
});
const placements: Readonly<Record<string, Placement>> = {
  'beijing/plans': 'none',
  'shanghai/demo': 'cache',
  'gone/demo': 'none',
  'gone/plans': 'none',
};
const ask = (...spaces: readonly SpaceId[]) =>
  servingRegions(
    {
      regions: async () => [info('shenzhen', false), info('gone'), info('beijing'), info('shanghai')],
      view: { placement: (region: RegionId, space: SpaceId) => placements[`${region}/${space}`] ?? 'full' },
    },
    spaces,
  );

test('regions that serve all of the spaces come first, those that serve none not at all', async () => {
  const found = await ask(demo, plans);
  expect(found.map(({ region, placement, servesAll }) => [region, placement, servesAll])).toEqual([
    ['shanghai', 'cache', true],
    ['shenzhen', 'full', true],
    ['beijing', 'full', false],
  ]);
  expect((await ask(plans)).map(({ region }) => region)).toEqual(['shanghai', 'shenzhen']);
  expect(await ask()).toEqual([]);
});

test('each comes with its address, whether it was heard lately, and what it had to do then', async () => {
  const [, shenzhen] = await ask(demo, plans);
  expect(shenzhen).toMatchObject({ url: 'http://shenzhen.example:7400', healthy: false, load: { outbox: 0, pendingTransfers: 2 } });
  expect((await ask(demo)).find(({ region }) => region === 'beijing')?.load).toEqual({ outbox: 3, pendingTransfers: 2 });
});
