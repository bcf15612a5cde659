import type { DirectoryState } from '@jzse/api';
import type { Placement } from '@jzse/api/hub';
import type { IdentityStore } from '@jzse/db/hub';
import type { RegionId, SpaceId } from '@jzse/sync';

export type Member = DirectoryState<'region'>;

export type IsPlaced = (region: RegionId, space: SpaceId) => boolean;

/** Which regions take part and what each may have, in memory: every call of a region is checked against it. */
export interface FleetView {
  /** Null: it does not take part (any more). */
  member(region: RegionId): Member | null;
  members(): readonly Member[];
  /** Whether the region may have the space at all. */
  isPlaced(region: RegionId, space: SpaceId): boolean;
  /** `none` also of a region that does not take part. */
  placement(region: RegionId, space: SpaceId): Placement;
  /** Aborts when the region is revoked, gets another key, or may have other spaces: what it listens to then begins anew. */
  unchanged(region: RegionId): AbortSignal;
  /** Reads the directory again. */
  refresh(): Promise<void>;
}

const pageRecords = 1_000;

export async function openFleetView(directory: Pick<IdentityStore, 'list'>): Promise<FleetView> {
  let members = new Map<RegionId, Member>();
  let hidden = new Map<RegionId, ReadonlySet<SpaceId>>();
  let cached = hidden;
  const watched = new Map<RegionId, AbortController>();
  let reading: Promise<void> = Promise.resolve();
  const read = async (): Promise<void> => {
    const [regions, placements] = await Promise.all([
      readAll<Member>(directory, 'region'),
      readAll<DirectoryState<'placement'>>(directory, 'placement'),
    ]);
    const before = { members, hidden };
    members = new Map(regions.map((member) => [member.region, member]));
    hidden = spacesPlaced('none', placements);
    cached = spacesPlaced('cache', placements);
    for (const [region, controller] of watched) {
      const isSame =
        before.members.get(region)?.publicKey === members.get(region)?.publicKey &&
        sameSpaces(before.hidden.get(region), hidden.get(region));
      if (isSame) continue;
      watched.delete(region);
      controller.abort();
    }
  };
  const refresh = (): Promise<void> => {
    // A read that has begun may have missed what the caller has just changed.
    reading = reading.catch(() => undefined).then(read);
    return reading;
  };
  await refresh();
  const isPlaced: IsPlaced = (region, space) => members.has(region) && hidden.get(region)?.has(space) !== true;
  return {
    member: (region) => members.get(region) ?? null,
    members: () => [...members.values()],
    isPlaced,
    placement: (region, space) => (isPlaced(region, space) ? (cached.get(region)?.has(space) === true ? 'cache' : 'full') : 'none'),
    unchanged: (region) => {
      const controller = watched.get(region) ?? new AbortController();
      if (members.has(region)) watched.set(region, controller);
      else controller.abort();
      return controller.signal;
    },
    refresh,
  };
}

async function readAll<State>(directory: Pick<IdentityStore, 'list'>, kind: string): Promise<readonly State[]> {
  const states: State[] = [];
  for (let after: string | null = null; ; ) {
    const page = await directory.list(kind, { after, limit: pageRecords });
    states.push(...page.map(({ state }) => state as State));
    after = page.at(-1)?.key ?? null;
    if (page.length < pageRecords) return states;
  }
}

function spacesPlaced(asked: Placement, placements: readonly DirectoryState<'placement'>[]): Map<RegionId, ReadonlySet<SpaceId>> {
  const found = new Map<RegionId, Set<SpaceId>>();
  for (const { region, space, placement } of placements) {
    if (placement === asked) found.set(region, (found.get(region) ?? new Set()).add(space));
  }
  return found;
}

const sameSpaces = (left: ReadonlySet<SpaceId> = new Set(), right: ReadonlySet<SpaceId> = new Set()): boolean =>
  left.size === right.size && [...left].every((space) => right.has(space));
