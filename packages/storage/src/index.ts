export type { Chunk, ChunkIndex, ChunkRow, ChunkStore } from './chunk-store.ts';
export { StorageFull } from './chunk-store.ts';
