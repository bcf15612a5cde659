import { join } from 'node:path';
import type { HubStore } from '@jzse/db/hub';
import { type OpenRegionStore, openRegionStore, type SnapshotPage } from '@jzse/db/region';
import type { FeedPosition } from '@jzse/sync';
import type { BenchCase } from '../bench-context.ts';
import { toRow } from '../row.ts';
import { benchAuthor, benchSpace, integrateAll, manyFiles, operationsPerPush, secondsOf, startBenchHub } from '../test-space.ts';

const pageEffects = 1_000;

/** How fast an edge that was away comes back: by the feed, and by a snapshot of a large space. Stores and database as delivered, without the network. */
export const edgeCatchUp: BenchCase = {
  name: 'edge-catch-up',
  run: async ({ folder, sizes }) => {
    const hub = await startBenchHub(folder);
    const byFeed = await openRegion(join(folder, 'by-feed.db'));
    const bySnapshot = await openRegion(join(folder, 'by-snapshot.db'));
    try {
      const start = await hub.store.head(benchSpace);
      await integrateAll(hub.store, manyFiles(benchAuthor(), sizes.spaceEntries));
      const rows = sizes.spaceEntries / 10;
      const applied = await applySeconds(hub.store, byFeed, { start, rows });
      const snapshot = await secondsOf(() => applySnapshot(hub.store, bySnapshot));
      return [
        toRow({
          case: 'an edge applies the feed',
          value: rows / applied,
          unit: 'entry changes/s',
          peer: { name: 'the number asked for', value: 10_000 },
          target: { ratioMin: 1 },
        }),
        toRow({
          case: `catch-up of ${sizes.spaceEntries} entries by snapshot`,
          value: snapshot,
          unit: 's',
          peer: { name: 'applying as many feed rows', value: (applied * sizes.spaceEntries) / rows },
          target: { max: 60 },
        }),
      ];
    } finally {
      await Promise.all([byFeed.close(), bySnapshot.close()]);
      await hub.stop();
    }
  },
};

async function openRegion(file: string): Promise<OpenRegionStore> {
  const store = openRegionStore({ file, nowMs: Date.now });
  await store.createSpace(benchSpace);
  return store;
}

/** Seconds for the region's part alone: rows are read from the hub beforehand, batch by batch. */
async function applySeconds(
  hub: HubStore,
  region: OpenRegionStore,
  { start, rows }: { readonly start: Awaited<ReturnType<HubStore['head']>>; readonly rows: number },
): Promise<number> {
  let seconds = 0;
  let after: FeedPosition = start.position;
  await region.applySnapshot(benchSpace, { ...start, dot: null, acknowledged: {}, pages: noPages(), tail: [] });
  for (let applied = 0; applied < rows; applied += operationsPerPush) {
    const batch = await hub.readFeed(benchSpace, after, operationsPerPush);
    after = batch.at(-1)?.position ?? after;
    seconds += await secondsOf(async () => void (await region.applyFeed(benchSpace, batch)));
  }
  return seconds;
}

async function applySnapshot(hub: HubStore, region: OpenRegionStore): Promise<void> {
  const head = await hub.snapshotHead(benchSpace);
  await region.applySnapshot(benchSpace, { ...head, pages: pagesOf(hub), tail: [] });
}

async function* pagesOf(hub: HubStore): AsyncGenerator<SnapshotPage> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<HubStore['snapshotPage']>> = await hub.snapshotPage(benchSpace, { after, limit: pageEffects });
    yield { effects: page.items };
    after = page.next;
  } while (after !== null);
}

async function* noPages(): AsyncGenerator<SnapshotPage> {}
