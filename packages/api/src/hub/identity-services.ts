import type { EntryId, RegionId, SpaceId } from '@jzse/sync';
import type { Role } from '../identity/access-rule.ts';
import type { DirectoryRecord, DirectoryState, RestorableKind, Subject } from '../identity/directory.ts';
import type { Scope } from '../identity/principal.ts';

/** What a client gets when a person signs in or refreshes. Times: ms since 1970. */
export interface SignedIn {
  readonly user: string;
  readonly session: string;
  /** EdDSA JWT; send as `Authorization: Bearer`. */
  readonly accessToken: string;
  readonly accessExpiresMs: number;
  /** Good once: the answer to it holds the next. Used twice, the session ends. Null when `cookie` is given. */
  readonly refreshToken: string | null;
  /** For a browser's HttpOnly cookie. */
  readonly cookie: string | null;
  /** The region could not ask the hub: this session is good in this region only. */
  readonly isRegional: boolean;
}
export interface SignIn {
  readonly user: string;
  readonly password: string;
  /** Six digits of the second factor. Missing though needed: `second-factor-needed`. */
  readonly code: string | null;
  readonly device: string;
  readonly wants: 'refresh-token' | 'cookie';
  /** Where the person is, for limits and audit. */
  readonly address: string;
}

/** An identity provider whose people may sign in. */
export interface OidcOffer {
  /** Its name, for people. */
  readonly provider: string;
  /** At the hub: takes `region` and `state`, and sends the browser on. */
  readonly startUrl: string;
}
/** A browser that the provider has vouched for at the hub, on its way back to the region where it began. */
export interface HandOver {
  readonly region: RegionId;
  /** That the region began with. */
  readonly state: string;
  /** Good once, for a minute. */
  readonly code: string;
}

/** People and their sessions; regions forward to it. Throws `wrong-credentials` without saying what was wrong, `too-many-requests`. */
export interface AccountServices {
  signIn(request: SignIn): Promise<SignedIn>;
  refresh(request: { readonly refreshToken: string; readonly address: string }): Promise<SignedIn>;
  signOut(session: string): Promise<void>;
  /** Null: nobody signs in by a provider here. */
  oidc(): Promise<OidcOffer | null>;
  /** A cookie's session. Throws `wrong-credentials`: used, too old, of another region or another browser, or of somebody who may not any more. */
  takeHandOver(handOver: HandOver): Promise<SignedIn>;
  /** Ends all other sessions of the person. Throws `wrong-credentials`. */
  changePassword(request: {
    readonly user: string;
    readonly session: string | null;
    readonly old: string;
    readonly next: string;
  }): Promise<void>;
  /** A new secret to be confirmed with a code before it counts. */
  beginTotp(user: string): Promise<{ readonly secret: string; readonly uri: string }>;
  confirmTotp(user: string, code: string): Promise<void>;
  removeTotp(user: string, password: string): Promise<void>;
  sessions(user: string): Promise<readonly SessionInfo[]>;
  revokeSession(user: string, session: string): Promise<void>;
  createToken(request: NewToken): Promise<{ readonly id: string; readonly token: string }>;
  tokens(user: string): Promise<readonly TokenInfo[]>;
  revokeToken(user: string, id: string): Promise<void>;
}
export interface SessionInfo {
  readonly id: string;
  readonly device: string;
  readonly createdMs: number;
  /** When it was last refreshed: a session in use is within ten minutes. */
  readonly seenMs: number;
  readonly expiresMs: number;
}
export interface NewToken {
  readonly user: string;
  readonly name: string;
  readonly scopes: readonly Scope[] | null;
  readonly spaces: readonly SpaceId[] | null;
  readonly expiresMs: number | null;
}
export interface TokenInfo extends NewToken {
  readonly id: string;
  readonly createdMs: number;
}

export interface UserInfo {
  readonly user: string;
  readonly displayName: string;
  readonly isAdmin: boolean;
  readonly isDisabled: boolean;
  readonly isService: boolean;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
}
/** For admins. `actor` is the admin's name, for the audit. */
export interface PeopleServices {
  users(page: {
    readonly after: string | null;
    readonly limit: number;
  }): Promise<{ readonly users: readonly UserInfo[]; readonly next: string | null }>;
  createUser(request: NewUser): Promise<UserInfo>;
  updateUser(user: string, change: Partial<Pick<UserInfo, 'displayName' | 'isAdmin' | 'isDisabled'>>): Promise<UserInfo>;
  /** Ends the person's sessions. */
  resetPassword(user: string, password: string): Promise<void>;
  resetTotp(user: string): Promise<void>;
  groups(): Promise<readonly { readonly group: string; readonly members: readonly string[] }[]>;
  setGroup(group: string, members: readonly string[] | null): Promise<void>;
  /** For a service, which cannot sign in to make its own. */
  createServiceToken(request: NewToken): Promise<{ readonly id: string; readonly token: string }>;
  setQuota(of: { readonly space: SpaceId } | { readonly user: string }, bytesMax: number | null): Promise<void>;
}
export interface NewUser {
  readonly user: string;
  readonly displayName: string;
  readonly password: string | null;
  readonly isAdmin: boolean;
  readonly isService: boolean;
}

/** Who may what in a space. Edges check the asker and forward; the hub checks again by `actor`, who must manage the space or that folder. */
export interface SharingServices {
  members(space: SpaceId): Promise<readonly { readonly subject: Subject; readonly role: Role }[]>;
  setMember(request: {
    readonly actor: string;
    readonly space: SpaceId;
    readonly subject: Subject;
    readonly role: Role | null;
  }): Promise<void>;
  grants(
    space: SpaceId,
  ): Promise<readonly { readonly id: string; readonly entryId: EntryId; readonly subject: Subject; readonly role: Role }[]>;
  setGrant(request: {
    readonly actor: string;
    readonly space: SpaceId;
    readonly entryId: EntryId;
    readonly subject: Subject;
    readonly role: Role | null;
  }): Promise<void>;
  links(space: SpaceId): Promise<readonly LinkInfo[]>;
  /** `secret` is part of the link's address and is told only now. */
  createLink(request: NewLink): Promise<{ readonly id: string; readonly secret: string }>;
  revokeLink(request: { readonly actor: string; readonly space: SpaceId; readonly id: string }): Promise<void>;
}
export interface NewLink {
  readonly actor: string;
  readonly space: SpaceId;
  readonly entryId: EntryId;
  readonly mode: 'download' | 'drop';
  readonly password: string | null;
  readonly expiresMs: number | null;
  readonly usesMax: number | null;
}
export interface LinkInfo {
  readonly id: string;
  readonly entryId: EntryId;
  readonly mode: 'download' | 'drop';
  readonly hasPassword: boolean;
  readonly expiresMs: number | null;
  readonly usesMax: number | null;
  readonly uses: number;
  readonly createdBy: string;
  readonly createdMs: number;
}

/** Regions of the fleet. */
export interface FleetServices {
  /** For an admin: the region may enrol once with `token`, until it expires. `url`: how others will reach it; nothing else is ever called. */
  addRegion(request: {
    readonly region: RegionId;
    readonly url: string | null;
  }): Promise<{ readonly token: string; readonly expiresMs: number }>;
  /**
   * The region's own key (Ed25519, JWK `x`) in exchange for the one-time token; again by the same key, in case the answer was lost. `url`
   * counts only if none was approved before; answers the one that counts. Throws `wrong-credentials`.
   */
  enrol(request: {
    readonly token: string;
    readonly region: RegionId;
    readonly publicKey: string;
    readonly url: string;
  }): Promise<{ readonly region: RegionId; readonly url: string }>;
  /**
   * For the region's server, whose public key this is (PEM, P-256): a certificate for the host of its approved address and nothing else,
   * of the authority that the hub keeps for its fleet (PEM, both). Throws `invalid-input` where the hub keeps none.
   */
  certify(request: { readonly region: RegionId; readonly publicKey: string }): Promise<{
    readonly certificate: string;
    readonly authority: string;
  }>;
  fleetRegions(): Promise<readonly FleetRegion[]>;
  /** Its key is worth nothing from now on. It may come back with a new enrolment token. */
  revokeRegion(region: RegionId): Promise<void>;
  approveUrl(region: RegionId, url: string): Promise<void>;
  /** Of the space in every region of the fleet. */
  placements(space: SpaceId): Promise<readonly { readonly region: RegionId; readonly placement: Placement }[]>;
  setPlacement(space: SpaceId, region: RegionId, placement: Placement): Promise<void>;
  /** Where somebody may go who has these spaces: only regions where at least one of them is placed, those that serve all of them first. */
  servingRegions(spaces: readonly SpaceId[]): Promise<readonly ServingRegion[]>;
  /** What concerns the region, in order of revision, from the first after `after`. `revision`: to ask from next. */
  directory(request: { readonly region: RegionId; readonly after: number; readonly limit: number }): Promise<{
    readonly records: readonly DirectoryRecord[];
    readonly revision: number;
    readonly isLast: boolean;
    /** Of the directory: made with the database. Another one is another directory, whose revisions say nothing of the former's. */
    readonly life: string;
    /** The hub lost its database and asks the region to offer what it still has of the former directory. */
    readonly isOfferWanted?: boolean;
  }>;
  /**
   * For an admin whose hub lost its database: for an hour, regions are asked for their copies of the former directory. Asked again, how
   * far that is. Null: there is more than the first admin, so nothing is lost that could be taken back.
   */
  restoreDirectory(): Promise<DirectoryRestore | null>;
  /** A page of the region's copy; `life` and `revision` are the copy's. Throws `precondition-failed` unless the hub asks for it. */
  offerDirectory(request: {
    readonly region: RegionId;
    readonly life: string | null;
    readonly revision: number;
    readonly records: readonly OfferedRecord[];
    readonly isLast: boolean;
  }): Promise<void>;
}
/** `state` is checked by the shape of its kind when it is taken. */
export interface OfferedRecord {
  readonly kind: RestorableKind;
  readonly state: unknown;
}
export interface DirectoryRestore {
  /** Regions are asked until then. */
  readonly untilMs: number;
  /** Have offered all they have. */
  readonly offered: readonly RegionId[];
  /** Belong to the fleet and have not answered yet. */
  readonly awaited: readonly RegionId[];
  /** Records that came back, by kind. */
  readonly taken: Readonly<Record<RestorableKind, number>>;
}
/** `enrolledMs` null: its enrolment token waits to be used until `tokenExpiresMs`, or nothing is left of it. */
export interface FleetRegion {
  readonly region: RegionId;
  /** Approved; null: what the region names when it enrols. */
  readonly url: string | null;
  /** Ed25519, JWK `x`. */
  readonly publicKey: string | null;
  readonly enrolledMs: number | null;
  readonly tokenExpiresMs: number | null;
}
export type Placement = DirectoryState<'placement'>['placement'];
export interface ServingRegion {
  readonly region: RegionId;
  readonly url: string;
  /** The hub has heard from it lately. */
  readonly healthy: boolean;
  /** Of its last heartbeat: changes that the hub has not got yet, and contents that it is still to fetch. */
  readonly load: { readonly outbox: number; readonly pendingTransfers: number };
  /** `cache`: of one of these spaces at least it holds only what is asked for. */
  readonly placement: Exclude<Placement, 'none'>;
  /** Every one of these spaces is placed there. */
  readonly servesAll: boolean;
}

/** Who did what to what, when, from where, with what result. Free of secrets. */
export interface AuditEntry {
  readonly atMs: number;
  /** `li.wei`, `region/beijing`, `link/<id>`, `anonymous`. Of a sign-in that failed, the name that was given. */
  readonly actor: string;
  /** `file.write`, or the name of the procedure: `people.createUser`. */
  readonly action: string;
  readonly space: SpaceId | null;
  readonly target: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
  /** `ok` or an error code. */
  readonly result: string;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}
/** Of the chain of one writer (`hub`, `beijing:1`): `hash` covers the record and `previous`. */
export interface AuditRecord extends AuditEntry {
  readonly writer: string;
  readonly sequence: number;
  readonly previous: string;
  readonly hash: string;
}
export interface AuditFilter {
  /** Oldest first, from the first after this; in the order in which the hub got them. */
  readonly afterId: number | null;
  /** Newest first, from the first before this, in place of `afterId`. */
  readonly beforeId: number | null;
  readonly limit: number;
  readonly actor: string | null;
  readonly action: string | null;
  readonly space: SpaceId | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}
/** The first record of a chain that is not as it was written. */
export interface ChainBreak {
  readonly sequence: number;
  readonly what: 'altered' | 'missing';
}
export interface ChainVerification {
  readonly writer: string;
  readonly records: number;
  readonly broken: ChainBreak | null;
}
export interface AuditServices {
  /** Records of a region's own chain, in order, replays included. Answers up to where the hub has it; what does not follow is `invalid-input`. */
  appendAudit(writer: string, records: readonly AuditRecord[]): Promise<{ readonly sequence: number }>;
  audit(
    filter: AuditFilter,
  ): Promise<{ readonly records: readonly (AuditRecord & { readonly id: number })[]; readonly next: number | null }>;
  /** Walks every chain: the first record that was altered or removed. */
  verifyAudit(): Promise<readonly ChainVerification[]>;
}

export interface IdentityServices extends AccountServices, PeopleServices, SharingServices, FleetServices {}
