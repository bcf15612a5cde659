import type { ChunkHashAndSize, Content, Hash } from '@jzse/sync';

/** Bytes of one block that travels cut thread → hash thread → main → cut thread. Larger than the largest chunk. */
export const blockBytes = 8 * 1024 * 1024;
/** Blocks on their way at a time: the memory of all large files together. */
export const blocksMax = 4;

export type ToCutThread =
  | { readonly type: 'cut'; readonly id: number; readonly source: string }
  | { readonly type: 'block-back'; readonly buffer: ArrayBuffer };

/** `end` null: more blocks of this file follow. */
export type CutEnd = null | { readonly size: number; readonly modifiedMs: number } | { readonly error: CutError };

export interface CutError {
  readonly changed: boolean;
  readonly message: string;
}
export interface CutBlock {
  readonly id: number;
  /** Null when the file failed before anything was read. */
  readonly buffer: ArrayBuffer | null;
  readonly chunks: readonly { readonly offset: number; readonly size: number }[];
  readonly end: CutEnd;
}
export interface HashedBlock {
  readonly id: number;
  readonly buffer: ArrayBuffer | null;
  readonly chunks: readonly { readonly offset: number; readonly size: number; readonly hash: Hash }[];
  readonly end:
    | null
    | { readonly content: Content; readonly chunks: readonly ChunkHashAndSize[]; readonly modifiedMs: number }
    | { readonly error: CutError };
}
