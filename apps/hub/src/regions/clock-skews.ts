import type { HubStore, Integrated } from '@jzse/db/hub';
import type { RegionId, SpaceId } from '@jzse/sync';

export interface ClockSkewDeps {
  readonly store: Pick<HubStore, 'listRegions' | 'noteClockSkew' | 'raiseEvents'>;
  readonly nowMs: () => number;
}
/** Notes whose clock is ahead (SY9). Asks the store nothing about a region whose clock is, and was, fine. */
export type NoteClockSkew = (push: { readonly space: SpaceId; readonly region: RegionId }, integrated: Integrated) => Promise<void>;

export function createClockSkews({ store, nowMs }: ClockSkewDeps): NoteClockSkew {
  let known: Promise<Set<RegionId>> | null = null;
  const readKnown = async (): Promise<Set<RegionId>> =>
    new Set((await store.listRegions()).filter(({ clockSkewMs }) => clockSkewMs !== null).map(({ id }) => id));
  return async ({ space, region }, { rows, skewMs }) => {
    if (rows.length === 0) return;
    known ??= readKnown().catch((cause: unknown) => {
      known = null;
      throw cause;
    });
    const ahead = await known;
    const was = ahead.has(region);
    // What it hands on of others says nothing of its own clock.
    if (skewMs === null && !(was && rows.some(({ operation }) => operation.dot.replica.startsWith(`${region}:`)))) return;
    await store.noteClockSkew(region, skewMs);
    if (was === (skewMs !== null)) return;
    if (skewMs === null) ahead.delete(region);
    else ahead.add(region);
    await store.raiseEvents([{ type: 'clock-skew', space, region, atMs: nowMs(), data: { skewMs } }]);
  };
}
