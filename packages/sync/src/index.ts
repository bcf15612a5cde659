export type { CausalContext, Dot, FeedPosition, Forks, Stamp } from './causality.ts';
export type { Attribution, Deletion, Effect, Entry, NoteKind, TrashedVersion, Version } from './entry.ts';
export type { Brand, EntryId, Hash, RegionId, ReplicaId, SpaceId } from './identifiers.ts';
export { entryId, hash, isHash, isSlug, regionId, replicaId, rootId, spaceId } from './identifiers.ts';
export type { Author, ChunkHashAndSize, Content, CreateFile, CreateFolder, Delete, FileFacts, Move, ObservedEntry, Operation, Restore, Write } from './operation.ts';
export type { ApplyPlace, FeedRow, TreeNeed, TreeReader } from './tree.ts';
export { TreeMiss } from './tree.ts';
