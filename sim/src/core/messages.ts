import type { Dot, FeedRow, Forks, Operation, ReplicaId } from '@jzse/sync';
import type { CoreRegion } from './core-region.ts';
import type { CoreTree } from './core-tree.ts';

/** A position with the dot of the row there: two logs of one epoch are told apart by it. */
export interface Cursor {
  readonly epoch: number;
  readonly sequence: number;
  readonly dot: Dot | null;
}
export interface Rows {
  readonly type: 'rows';
  readonly after: Cursor;
  readonly rows: readonly FeedRow[];
  readonly forks: Forks;
  readonly safe: number;
}
export interface Snapshot {
  readonly type: 'snapshot';
  readonly cursor: Cursor;
  readonly tree: CoreTree;
  readonly forks: Forks;
  readonly acknowledged: ReadonlyMap<ReplicaId, number>;
  /** Rows after the safe position: what a hub that fails over may lack. */
  readonly tail: readonly FeedRow[];
}
export interface LogDiffers {
  readonly type: 'log-differs';
  readonly epoch: number;
}
export type Answer = Rows | Snapshot | LogDiffers;

export type Message =
  | { readonly type: 'push'; readonly region: CoreRegion; readonly cursor: Cursor; readonly operations: readonly Operation[] }
  | { readonly type: 'pull'; readonly region: CoreRegion; readonly cursor: Cursor }
  | { readonly type: 'answer'; readonly region: CoreRegion; readonly answer: Answer };
