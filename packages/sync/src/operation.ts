import type { CausalContext, Dot, Stamp } from './causality.ts';
import type { EntryId, Hash, RegionId } from './identifiers.ts';

/**
 * An immutable content. `manifest` names the encoded list of chunks; it is null where there is
 * at most one chunk: then the one chunk's hash is `hash` (and an empty content has no chunk).
 */
export interface Content {
  readonly hash: Hash;
  readonly size: number;
  readonly manifest: Hash | null;
}

/** Who made an operation; for people to read, never used to decide. */
export interface Author {
  readonly user: string;
  readonly device: string;
  readonly region: RegionId;
}

/** What belongs to a version besides its bytes. `modifiedMs` is the author's file time, for display only. */
export interface FileFacts {
  readonly mediaType: string | null;
  readonly modifiedMs: number | null;
}

interface OperationBase {
  readonly dot: Dot;
  readonly stamp: Stamp;
  readonly context: CausalContext;
  readonly entryId: EntryId;
  readonly author: Author;
}
export interface CreateFile extends OperationBase {
  readonly type: 'create';
  readonly kind: 'file';
  readonly parentId: EntryId;
  readonly name: string;
  readonly content: Content;
  readonly facts: FileFacts;
}
export interface CreateFolder extends OperationBase {
  readonly type: 'create';
  readonly kind: 'folder';
  readonly parentId: EntryId;
  readonly name: string;
}
/** `base`: the heads that the author saw. `alsoIds`: ids that the author's own view had merged into this entry (rule 5). `name`: where to put it if the entry is forgotten (rule 11). */
export interface Write extends OperationBase {
  readonly type: 'write' | 'resolve';
  readonly base: readonly Dot[];
  readonly alsoIds: readonly EntryId[];
  readonly name: string;
  readonly content: Content;
  readonly facts: FileFacts;
}
export interface Move extends OperationBase {
  readonly type: 'move';
  readonly parentId: EntryId;
  readonly name: string;
}
/** `observed`: what the author saw at and below the entry: ids with the dots of their heads (rule 4). */
export interface Delete extends OperationBase {
  readonly type: 'delete';
  readonly base: readonly Dot[];
  readonly alsoIds: readonly EntryId[];
  readonly observed: readonly ObservedEntry[];
}
export interface ObservedEntry {
  readonly id: EntryId;
  readonly heads: readonly Dot[];
}
/** Brings a deleted entry back; for a file with the content of a version of it. */
export interface Restore extends OperationBase {
  readonly type: 'restore';
  readonly name: string;
  readonly content: Content | null;
  readonly facts: FileFacts;
  /** The version whose content it is, where that is known; becomes the parent of the new one. */
  readonly from?: Dot | null | undefined;
}

/**
 * Made by the hub alone (SY11): tombstones and old versions whose retention is over and which every region has passed go, everywhere
 * at the same place of the log. What was revived or named again meanwhile stays. `entryId` is the root.
 */
export interface Forget extends OperationBase {
  readonly type: 'forget';
  /** Tombstones, each with the deletion that was meant. A folder goes once nothing stands in it: with a later operation than its content. */
  readonly entries: readonly { readonly id: EntryId; readonly deletedBy: Dot }[];
  /** Superseded or deleted versions, each with the entry that it belongs to now. */
  readonly versions: readonly { readonly entryId: EntryId; readonly dot: Dot }[];
}

/** What a region commits and the hub orders. Plain JSON. */
export type Operation = CreateFile | CreateFolder | Write | Move | Delete | Restore | Forget;

/** One line of a manifest. Size in bytes. */
export interface ChunkHashAndSize {
  readonly hash: Hash;
  readonly size: number;
}
