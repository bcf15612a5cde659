import type { RegionStore, SnapshotPage } from '@jzse/db/region';
import type { SpaceId } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';

export interface SnapshotDeps {
  readonly store: Pick<RegionStore, 'applySnapshot'>;
  readonly hub: Pick<HubPort, 'snapshotHead' | 'snapshotPage'>;
}

type Page = Awaited<ReturnType<HubPort['snapshotPage']>>;

/** Effects in one page; the most that the hub answers. */
const pageEffectsMax = 1_000;

/** Puts the hub's state of a space in the place of what was confirmed here. The feed goes on from the head that is asked for first: what the pages show beyond it comes again. */
export async function takeSnapshot({ store, hub }: SnapshotDeps, space: SpaceId): Promise<void> {
  const head = await hub.snapshotHead(space);
  await store.applySnapshot(space, { ...head, pages: readPages(hub, space), tail: [] });
}

/** One page is asked for while the one before it is set aside. */
async function* readPages(hub: SnapshotDeps['hub'], space: SpaceId): AsyncGenerator<SnapshotPage> {
  const ask = (after: string | null): Promise<Page> => {
    const page = hub.snapshotPage(space, { after, limit: pageEffectsMax });
    page.catch(() => {});
    return page;
  };
  let next: Promise<Page> | null = ask(null);
  while (next !== null) {
    const page: Page = await next;
    next = page.next === null ? null : ask(page.next);
    yield { effects: page.effects };
  }
}
