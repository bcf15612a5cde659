export { applyOperation, rootEntry } from './apply-operation.ts';
export { mergedInto, observedBelow } from './author.ts';
export type { CausalToken } from './causal-token.ts';
export { decodeCausalToken, encodeCausalToken } from './causal-token.ts';
export type { CausalContext, Dot, FeedPosition, Forks, Stamp } from './causality.ts';
export { chunkSizes, findBoundary } from './chunk-boundaries.ts';
export type { Clock } from './clock.ts';
export { clampStamp, compareStamps, logicalMax, mergeClock, tickClock } from './clock.ts';
export { nearestCommonAncestor } from './common-ancestor.ts';
export type { DoorShare, TouchedShare } from './decide-door.ts';
export { decideDoor } from './decide-door.ts';
export type { DigestReader, EntryChange, TextHash } from './digest.ts';
export {
  addTerms,
  aliasTerm,
  childSumsAfter,
  childTotalsAfter,
  entryFingerprint,
  entryTerm,
  spaceDigest,
  subtractTerms,
  versionTerm,
} from './digest.ts';
export { comparePositions, dotKey, parseDotKey, sameDot } from './dot.ts';
export { resolveAlias } from './draft.ts';
export type { Attribution, Deletion, Effect, Entry, NoteKind, TrashedVersion, Version } from './entry.ts';
export { winner } from './heads.ts';
export type { Brand, EntryId, Hash, RegionId, ReplicaId, SpaceId } from './identifiers.ts';
export {
  entryId,
  hash,
  hubRegion,
  hubReplica,
  isHash,
  isSlug,
  regionId,
  replicaId,
  replicaLifeMax,
  rootId,
  spaceId,
} from './identifiers.ts';
export { decodeManifest, encodeManifest, InvalidManifest, manifestChunksMax } from './manifest.ts';
export { checkName, conflictName, InvalidPath, joinPath, nameBytesMax, nameKey, pathBytesMax, splitPath } from './names.ts';
export type {
  Author,
  ChunkHashAndSize,
  Content,
  CreateFile,
  CreateFolder,
  Delete,
  FileFacts,
  Forget,
  Move,
  ObservedEntry,
  Operation,
  Restore,
  Write,
} from './operation.ts';
export type { RetentionDays, VersionsOfEntry } from './plan-retention.ts';
export { planRetention } from './plan-retention.ts';
export type { FormerState, NotReturned, PlanReturn, ReturnPlan, ReturnStep } from './plan-return.ts';
export { planReturn } from './plan-return.ts';
export { isSameCommit, isSameOperation, renumber } from './renumber.ts';
export type { ApplyPlace, FeedRow, TreeNeed, TreeReader } from './tree.ts';
export { TreeMiss } from './tree.ts';
export { TreeOverlay } from './tree-overlay.ts';
export { utcDate } from './utc-date.ts';
