import type { CutChunk } from './cut-and-hash.ts';

/** To the sealing thread; `content` numbers the contents under way. Bytes in shared memory are not copied. */
export type SealRequest = { readonly id: number; readonly content: number } & SealWork;
export type SealWork =
  | { readonly type: 'cut'; readonly bytes: Uint8Array; readonly atEnd: boolean }
  | { readonly type: 'count'; readonly bytes: Uint8Array }
  | { readonly type: 'digest' }
  | { readonly type: 'forget' };

export interface SealReply {
  readonly id: number;
  readonly result?: readonly CutChunk[] | string | null;
  readonly failure?: string;
}
