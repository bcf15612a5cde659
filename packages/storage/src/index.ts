export type { Chunk, ChunkIndex, ChunkRow, ChunkStore } from './chunk-store.ts';
export { StorageFull } from './chunk-store.ts';
export { letGo } from './let-go.ts';
export { limitChunkStore } from './limit-chunk-store.ts';
export type { DiskChunkStoreOptions } from './open-disk-chunk-store.ts';
export { openDiskChunkStore } from './open-disk-chunk-store.ts';
export { ChunkHashMismatch, verifyChunkStore } from './verify-chunk-store.ts';
