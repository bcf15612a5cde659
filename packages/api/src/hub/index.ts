export { hubAccess } from './access-table.ts';
export { auditPerCallMax } from './audit-procedures.ts';
export type { ConvergenceServices, DigestNode, MergeTask, PastTreePage } from './convergence-services.ts';
export { digestChildrenMax, mergeLeaseMs } from './convergence-services.ts';
export { directoryRecordsMax } from './fleet-procedures.ts';
export type {
  AccountServices,
  AuditEntry,
  AuditFilter,
  AuditRecord,
  AuditServices,
  ChainBreak,
  ChainVerification,
  DirectoryRestore,
  FleetRegion,
  FleetServices,
  HandOver,
  IdentityServices,
  LinkInfo,
  NewLink,
  NewToken,
  NewUser,
  OfferedRecord,
  OidcOffer,
  PeopleServices,
  Placement,
  ServingRegion,
  SessionInfo,
  SharingServices,
  SignedIn,
  SignIn,
  TokenInfo,
  UserInfo,
} from './identity-services.ts';
export type { HubContext } from './procedure.ts';
export type { HubRouter } from './router.ts';
export { hubRouter, pullRowsMax, pushOperationsMax, transfersPerCallMax } from './router.ts';
export type { Capacity, HubServices, Lease, LogCursor, ReplicationServices, Source, WakeUp } from './services.ts';
