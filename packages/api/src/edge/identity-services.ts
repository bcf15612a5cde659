import type { EntryId, SpaceId } from '@jzse/sync';
import type { NewLink, NewToken, SessionInfo, SignedIn, TokenInfo } from '../hub/identity-services.ts';
import type { Role } from '../identity/access-rule.ts';
import type { Subject } from '../identity/directory.ts';
import type { Scope } from '../identity/principal.ts';

/** The caller, as this edge knows them. */
export interface WhoAmI {
  readonly user: string;
  readonly displayName: string;
  readonly device: string;
  readonly isAdmin: boolean;
  readonly session: string | null;
  readonly token: string | null;
  readonly scopes: readonly Scope[] | null;
  /** Signed in while this region could not ask the hub: good here alone. */
  readonly isRegional: boolean;
  /** What the caller may see here. `role` null: only what is granted below the top. */
  readonly spaces: readonly { readonly space: SpaceId; readonly role: Role | null }[];
}

/**
 * The caller's own sign-ins and tokens. What changes them is the hub's to do (`hub-unreachable`), but signing in, which goes on without
 * it. Throws `wrong-credentials`, `second-factor-needed`, `too-many-requests`.
 */
export interface EdgeAccounts {
  signIn(request: {
    readonly user: string;
    readonly password: string;
    readonly code: string | null;
    readonly device: string;
  }): Promise<SignedIn>;
  refresh(refreshToken: string): Promise<SignedIn>;
  /** Null: nobody signs in by a provider here, or not now. A browser begins at `/oidc/start` of this edge. */
  oidc(): Promise<{ readonly provider: string } | null>;
  signOut(): Promise<void>;
  whoami(): Promise<WhoAmI>;
  sessions(): Promise<readonly SessionInfo[]>;
  revokeSession(session: string): Promise<void>;
  /** Ends all other sessions. */
  changePassword(request: { readonly old: string; readonly next: string }): Promise<void>;
  tokens(): Promise<readonly TokenInfo[]>;
  createToken(request: Omit<NewToken, 'user'>): Promise<{ readonly id: string; readonly token: string }>;
  revokeToken(id: string): Promise<void>;
  /** A new secret to be confirmed with a code before it counts. */
  beginTotp(): Promise<{ readonly secret: string; readonly uri: string }>;
  confirmTotp(code: string): Promise<void>;
  removeTotp(password: string): Promise<void>;
}

/** `path` null: what it was given on is gone. */
export interface PlacedGrant {
  readonly id: string;
  readonly entryId: EntryId;
  readonly path: string | null;
  readonly subject: Subject;
  readonly role: Role;
}
export interface PlacedLink {
  readonly id: string;
  readonly entryId: EntryId;
  readonly path: string | null;
  readonly mode: 'download' | 'drop';
  readonly hasPassword: boolean;
  readonly expiresMs: number | null;
  readonly usesMax: number | null;
  /** In this region. */
  readonly uses: number;
  readonly createdBy: string;
  readonly createdMs: number;
}

/** Who may what in a space, as this region knows it; the hub changes it. */
export interface EdgeSharing {
  members(space: SpaceId): Promise<readonly { readonly subject: Subject; readonly role: Role }[]>;
  setMember(request: { readonly space: SpaceId; readonly subject: Subject; readonly role: Role | null }): Promise<void>;
  /** At and below a path. */
  grants(space: SpaceId, path: string): Promise<readonly PlacedGrant[]>;
  setGrant(request: {
    readonly space: SpaceId;
    readonly path: string;
    readonly subject: Subject;
    readonly role: Role | null;
  }): Promise<void>;
  /** At and below a path. */
  links(space: SpaceId, path: string): Promise<readonly PlacedLink[]>;
  /** `address` is the link itself, below this edge's own; told only now. */
  createLink(
    request: Omit<NewLink, 'actor' | 'entryId'> & { readonly path: string },
  ): Promise<{ readonly id: string; readonly secret: string; readonly address: string }>;
  revokeLink(request: { readonly space: SpaceId; readonly id: string }): Promise<void>;
}
