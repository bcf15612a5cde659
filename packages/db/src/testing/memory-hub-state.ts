import type { Content, Dot, Effect, Entry, EntryId, FeedPosition, FeedRow, Forks, Hash, Operation, RegionId, SpaceId } from '@jzse/sync';
import { rootEntry, rootId } from '@jzse/sync';
import type { NewVersion } from '../hub/apply-batch.ts';
import type { SpaceSums } from '../hub/digest-batch.ts';
import type { EventRow, RegionCapacity } from '../hub/hub-store.ts';
import { UnknownSpace } from '../hub/unknown-space.ts';

export interface KeptEntry {
  readonly entry: Entry;
  readonly childSum: bigint;
  readonly goneMs: number | null;
  readonly hasHistory: boolean;
}
export interface KeptRow {
  readonly row: FeedRow;
  readonly atMs: number;
  readonly endsBatch: boolean;
}
export interface FormerState {
  readonly sequence: number;
  readonly entryId: EntryId;
  readonly before: Entry | null;
}
/** All that a hub keeps of one space. */
export interface SpaceState {
  epoch: number;
  sequence: number;
  atMs: number;
  forks: Forks;
  floor: number;
  pastFloor: number;
  pastMs: number;
  safe: number;
  sums: SpaceSums;
  readonly entries: Map<EntryId, KeptEntry>;
  readonly aliases: Map<EntryId, EntryId>;
  readonly versions: Map<string, NewVersion>;
  readonly acknowledged: Map<string, number>;
  /** Rows after `floor`. */
  feed: KeptRow[];
  former: FormerState[];
  readonly contents: Map<Hash, Content>;
  policy: { readonly revision: number; readonly policy: string } | null;
  readonly seed: Map<number, readonly Effect[]>;
  /** Of a log that was replaced, with the sequence there. */
  carried: readonly { readonly sequence: number; readonly operation: Operation }[];
}
export interface KeptRegion {
  readonly url: string;
  readonly registeredAtMs: number;
  readonly seenMs: number;
  readonly capacity: RegionCapacity | null;
  readonly clockSkewMs: number | null;
  readonly isBackFilled: boolean;
}
export interface KeptTransfer {
  readonly region: RegionId;
  readonly space: SpaceId;
  readonly hash: Hash;
  readonly priority: number;
  readonly dueMs: number;
  readonly leaseUntilMs: number;
  readonly failures: number;
}
export interface KeptMerge {
  readonly space: SpaceId;
  readonly entryId: EntryId;
  readonly heads: readonly Dot[];
  readonly hashes: readonly Hash[];
  readonly leaseUntilMs: number;
  readonly failure: string | null;
}
export interface ProgressStep {
  readonly region: RegionId;
  readonly space: SpaceId;
  readonly position: FeedPosition;
  readonly atMs: number;
}

/** The whole database of a hub as a value: what a backup is a copy of, and what a process of the hub that was killed leaves. */
export interface MemoryHubState {
  readonly spaces: Map<SpaceId, SpaceState>;
  readonly regions: Map<RegionId, KeptRegion>;
  readonly lives: Map<string, number>;
  /** `<space>/<hash>`. */
  readonly holdings: Map<string, Set<RegionId>>;
  readonly transfers: Map<string, KeptTransfer>;
  /** By task id. */
  readonly merges: Map<string, KeptMerge>;
  progress: ProgressStep[];
  events: EventRow[];
  eventSequence: number;
}

export const createMemoryHubState = (): MemoryHubState => ({
  spaces: new Map(),
  regions: new Map(),
  lives: new Map(),
  holdings: new Map(),
  transfers: new Map(),
  merges: new Map(),
  progress: [],
  events: [],
  eventSequence: 0,
});

/** Shares what never changes: entries, versions and rows. */
export function copyMemoryHubState(state: MemoryHubState): MemoryHubState {
  return {
    spaces: new Map([...state.spaces].map(([id, space]) => [id, copySpace(space)])),
    regions: new Map(state.regions),
    lives: new Map(state.lives),
    holdings: new Map([...state.holdings].map(([key, regions]) => [key, new Set(regions)])),
    transfers: new Map(state.transfers),
    merges: new Map(state.merges),
    progress: [...state.progress],
    events: [...state.events],
    eventSequence: state.eventSequence,
  };
}

const copySpace = (space: SpaceState): SpaceState => ({
  ...space,
  entries: new Map(space.entries),
  aliases: new Map(space.aliases),
  versions: new Map(space.versions),
  acknowledged: new Map(space.acknowledged),
  feed: [...space.feed],
  former: [...space.former],
  contents: new Map(space.contents),
  seed: new Map(space.seed),
});

export const createSpaceState = (epoch: number): SpaceState => ({
  epoch,
  sequence: 0,
  atMs: 0,
  forks: {},
  floor: 0,
  pastFloor: 0,
  pastMs: 0,
  safe: 0,
  sums: { root: 0n, aliases: 0n, versions: 0n },
  entries: new Map(),
  aliases: new Map(),
  versions: new Map(),
  acknowledged: new Map(),
  feed: [],
  former: [],
  contents: new Map(),
  policy: null,
  seed: new Map(),
  carried: [],
});

export function spaceOf(state: MemoryHubState, space: SpaceId): SpaceState {
  const found = state.spaces.get(space);
  if (found === undefined) throw new UnknownSpace(space);
  return found;
}

/** What an id stands for now: the end of its chain of aliases. */
export function standsFor(space: SpaceState, id: EntryId): EntryId {
  let current = id;
  for (let next = space.aliases.get(current); next !== undefined; next = space.aliases.get(current)) current = next;
  return current;
}

/** As it is kept, without following aliases; the root is implied. */
export const entryOf = (space: SpaceState, id: EntryId): Entry | null =>
  id === rootId ? rootEntry : (space.entries.get(id)?.entry ?? null);

/** Byte order of UTF-8, as the collation "C" of the database. */
export const compareBytes = (left: string, right: string): number =>
  left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right));
