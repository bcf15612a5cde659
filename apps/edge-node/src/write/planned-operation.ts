import type { Dot, EntryId, Operation, TreeReader } from '@jzse/sync';

type Header = 'dot' | 'stamp' | 'context' | 'author';
type WithoutHeader<T> = T extends Operation ? Omit<T, Header> : never;

/** What is to be committed, before it has its place in this replica's order. */
export type PlannedOperation = WithoutHeader<Operation>;

/** What a decision sees: the shown tree, with what was decided before it in the same commit. */
export interface SpaceView {
  readonly tree: TreeReader;
  readonly isConfirmedAlias: (id: EntryId) => boolean;
  readonly newEntryId: () => EntryId;
}

/** What is to happen to one path; no operation where all is so already. */
export interface Decision {
  readonly operations: readonly PlannedOperation[];
  readonly entryId: EntryId;
  /** From the top of the space, as they are shown. */
  readonly names: readonly string[];
  readonly created: boolean;
  /** The version that is shown already; null: the last operation makes it, if it is one of a file. */
  readonly version: Dot | null;
}

/** Pure: reads the view, changes nothing, may run again. Throws `JzseError`. */
export type Decide = (view: SpaceView) => Decision;
