import type { Dot, FeedRow, Forks, Operation, ReplicaId } from '@jzse/sync';
import type { CoreRegion } from './core-region.ts';
import type { CoreTree } from './core-tree.ts';

/**
 * A position with the row there and what the log was up to it: two logs of one epoch are told apart by that. The dot alone does not do:
 * operations that are offered again can stand at the same place of two logs whose beginnings differ.
 */
export interface Cursor {
  readonly epoch: number;
  readonly sequence: number;
  readonly dot: Dot | null;
  readonly chain: Chain;
}
/** What the log was up to a row, in one number: two logs that differ anywhere before differ in it. */
export type Chain = number;
export interface CoreRow extends FeedRow {
  readonly chain: Chain;
}
export interface Rows {
  readonly type: 'rows';
  readonly after: Cursor;
  readonly rows: readonly CoreRow[];
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
  readonly tail: readonly CoreRow[];
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
