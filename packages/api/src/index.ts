export { causalHeader, causalHeaderCharactersMax } from './causal-header.ts';
export type { ChunkFrame, FrameParser } from './chunk-frames.ts';
export { createFrameParser, encodeFrameHeader, frameBytesMax, frameHeaderBytes, InvalidFrames } from './chunk-frames.ts';
export type { ErrorCode, ErrorCodeRow } from './error-code.ts';
export { errorCodes, JzseError } from './error-code.ts';
export type { FinishedCall, OnCall } from './finished-call.ts';
export type { AccessRule, Action, Role } from './identity/access-rule.ts';
export { actions, roles } from './identity/access-rule.ts';
export type {
  DirectoryKind,
  DirectoryRecord,
  DirectoryState,
  GrantState,
  LinkState,
  MemberState,
  Subject,
  UserState,
} from './identity/directory.ts';
export {
  directoryKinds,
  directoryStateSchemas,
  groupNameSchema,
  memberKey,
  placementKey,
  type RestorableKind,
  restorableKinds,
  subjectKey,
  userNameSchema,
} from './identity/directory.ts';
export type { Principal, Scope } from './identity/principal.ts';
export { anonymous, scopes } from './identity/principal.ts';
export { protocolVersion } from './protocol-version.ts';
export { pageItemsMax } from './schemas.ts';
export type { EventType, HubEvent, RaisedEvent } from './space-event.ts';
export { eventTypes } from './space-event.ts';
export type { DoorLimits, MergeRule, MergeStrategy, Retention, RevisedPolicy, SpacePolicy } from './space-policy.ts';
export { defaultPolicy, mergeStrategies, spacePolicySchema } from './space-policy.ts';
export type { WireError } from './trpc-errors.ts';
export type { Divergence, RegionVerification, SpaceReport, Verification } from './verification.ts';
export { divergentPathsMax } from './verification.ts';
