export type { ChunkStoreFixture } from './chunk-store.contract.ts';
export { chunkOf, describeChunkStore, randomChunk, textChunk } from './chunk-store.contract.ts';
export type { MemoryChunkStore } from './open-memory-chunk-store.ts';
export { openMemoryChunkStore } from './open-memory-chunk-store.ts';
