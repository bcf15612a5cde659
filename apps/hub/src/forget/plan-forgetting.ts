import type { Retention } from '@jzse/api';
import type { HubStore } from '@jzse/db/hub';
import type { Forget, SpaceId } from '@jzse/sync';
import { planRetention } from '@jzse/sync';

export const dayMs = 86_400_000;
/** Of one operation. */
export const forgottenPerOperationMax = 500;
/** Files whose versions are looked at, in one step of a sweep. */
const filesPerStep = 500;

export interface ForgettingDeps {
  readonly store: Pick<HubStore, 'oldTombstones' | 'entriesWithOldVersions'>;
  readonly nowMs: () => number;
}
export type Forgotten = Pick<Forget, 'entries' | 'versions'>;
interface Limits {
  readonly retention: Retention;
  /** Nothing above this place of the log goes. */
  readonly upTo: number;
}

/** Tombstones whose time is over, each with all of its versions; empty when there are none. */
export async function planTombstones({ store, nowMs }: ForgettingDeps, space: SpaceId, { retention, upTo }: Limits): Promise<Forgotten> {
  const beforeMs = nowMs() - retention.trashDays * dayMs;
  const tombstones = await store.oldTombstones(space, { beforeMs, upTo, limit: forgottenPerOperationMax });
  return {
    entries: tombstones.map(({ id, deletedBy }) => ({ id, deletedBy })),
    versions: tombstones.flatMap(({ versions }) => versions),
  };
}

/** Superseded versions of the next files after an id whose time is over. `next` null: that was the last of them. */
export async function planVersions(
  { store, nowMs }: ForgettingDeps,
  space: SpaceId,
  { retention, upTo, after }: Limits & { readonly after: string | null },
): Promise<{ readonly forgotten: Forgotten; readonly next: string | null }> {
  const now = nowMs();
  const beforeMs = now - retention.allDays * dayMs;
  const { items, next } = await store.entriesWithOldVersions(space, { beforeMs, upTo, page: { after, limit: filesPerStep } });
  const versions = items.flatMap((item) => planRetention(item, retention, now).map((dot) => ({ entryId: item.entry.id, dot })));
  return { forgotten: { entries: [], versions }, next };
}
