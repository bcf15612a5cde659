import type { Dot } from './causality.ts';
import type { Entry, Version } from './entry.ts';
import type { EntryId } from './identifiers.ts';
import type { TreeReader } from './tree.ts';

/** One step of bringing an entry back to a former state; the caller makes an ordinary operation of it. Steps are in an order in which they can be committed. */
export type ReturnStep =
  /** Put it (alive or deleted) where it was, under its former name. */
  | { readonly type: 'move'; readonly entryId: EntryId; readonly parentId: EntryId; readonly name: string }
  /** Bring it back from the trash; `version` null for folders. */
  | { readonly type: 'restore'; readonly entryId: EntryId; readonly name: string; readonly version: Version | null }
  /** A former content in place of `base`, the heads that it has now. */
  | { readonly type: 'write'; readonly entryId: EntryId; readonly name: string; readonly version: Version; readonly base: readonly Dot[] }
  | { readonly type: 'delete'; readonly entryId: EntryId };

/** A former state of an entry; `entry` null: it was not there, and goes. */
export interface FormerState {
  readonly id: EntryId;
  readonly entry: Entry | null;
}
/** A state that cannot be brought back, with the reason for people. */
export interface NotReturned {
  readonly id: EntryId;
  readonly why: 'forgotten' | 'changed-since' | 'nothing-to-do';
}
export interface ReturnPlan {
  readonly steps: readonly ReturnStep[];
  readonly skipped: readonly NotReturned[];
}

/** What has to be committed so that these entries are again as they were (undo, time travel): folders first, ordinary new operations only, nothing unseen superseded. */
export type PlanReturn = (tree: TreeReader, former: readonly FormerState[]) => ReturnPlan;
