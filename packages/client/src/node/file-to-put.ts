import type { ChunkHashAndSize, Content, Hash } from '@jzse/sync';

export interface FileToPut {
  /** Where it goes in the space: `/photos/a.jpg`. Missing folders are made. */
  readonly path: string;
  /** The local file. */
  readonly source: string;
  readonly mediaType?: string;
  /** Absent: the modification time of the local file. */
  readonly modifiedMs?: number;
  /** Only if this version (dot key) is shown at the path. */
  readonly ifMatch?: string;
  /** Only if nothing has the name. */
  readonly ifAbsent?: boolean;
}

/** A chunk in memory, on its way to the edge. */
export interface ChunkInHand {
  readonly hash: Hash;
  readonly bytes: Uint8Array;
}

/** What a local file was, read from its first byte to its last without a change in between. */
export interface CutFile {
  readonly content: Content;
  readonly chunks: readonly ChunkHashAndSize[];
  readonly modifiedMs: number;
}

/** Someone wrote to the file while it was read: what was read is nobody's version. */
export class FileChanged extends Error {
  constructor(source: string) {
    super(`${source} changed while it was read`);
    this.name = 'FileChanged';
  }
}
