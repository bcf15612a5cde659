import type { FeedPosition, Forks } from './causality.ts';
import type { Effect, Entry } from './entry.ts';
import type { EntryId } from './identifiers.ts';
import type { Operation } from './operation.ts';

/**
 * What `applyOperation` reads of a space. Synchronous on purpose. A store that has to fetch
 * throws `TreeMiss` naming what it lacks; the caller loads that and applies again from the start:
 * nothing was changed, since changes go to an overlay.
 */
export interface TreeReader {
  entry(id: EntryId): Entry | null;
  /** The id that `id` was merged into (one step), or null. */
  aliasOf(id: EntryId): EntryId | null;
  /** The live child with this name key (`nameKey(name)`), or null. */
  liveChild(parentId: EntryId, nameKey: string): Entry | null;
  /** Ids of the live children. Folder deletes walk these; nothing else does. */
  liveChildren(parentId: EntryId): readonly EntryId[];
  /** Whether anything, alive or deleted, stands in this folder. Only `forget` asks, so only the hub's tree has to know. */
  hasChild(parentId: EntryId): boolean;
  /** Every id that was merged into `id` directly. */
  aliasesTo(id: EntryId): readonly EntryId[];
}

/** Where the operation stands: in the hub's log, or (null) outstanding in a region. */
export interface ApplyPlace {
  readonly position: FeedPosition | null;
  readonly forks: Forks;
}

/** Thrown by a TreeReader over partially loaded state. */
export class TreeMiss extends Error {
  readonly needs: readonly TreeNeed[];
  constructor(needs: readonly TreeNeed[]) {
    super('tree rows not loaded');
    this.name = 'TreeMiss';
    this.needs = needs;
  }
}
export type TreeNeed =
  | { readonly type: 'entry'; readonly id: EntryId }
  | { readonly type: 'child'; readonly parentId: EntryId; readonly nameKey: string }
  | { readonly type: 'children'; readonly parentId: EntryId }
  | { readonly type: 'any-child'; readonly parentId: EntryId }
  | { readonly type: 'aliases'; readonly id: EntryId };

/** A feed row: the operation as the hub took it, and what it changed. */
export interface FeedRow {
  readonly position: FeedPosition;
  readonly operation: Operation;
  readonly effects: readonly Effect[];
  /** `spaceDigest` of the confirmed tree after this row (SY13); on the last row of each batch that the hub integrated. */
  readonly digest?: string;
}
