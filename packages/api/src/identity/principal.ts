import type { RegionId, SpaceId } from '@jzse/sync';

/** What an API token or a session may be used for; a person's own session has all that its person may. */
export const scopes = ['read', 'write', 'manage', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/**
 * Who calls, as the gateway found out and before anything is allowed. A user's name (`li.wei`) is unique, lower case, never given to
 * another person, and the author that versions carry.
 */
export type Principal =
  | { readonly type: 'anonymous' }
  | {
      readonly type: 'user';
      readonly user: string;
      /** Name of the device or token, for people: authors carry it. */
      readonly device: string;
      readonly isAdmin: boolean;
      /** A person's session (revocable), or null: an API token. */
      readonly session: string | null;
      readonly token: string | null;
      /** Narrower than the person: null is no limit. */
      readonly scopes: readonly Scope[] | null;
      readonly spaces: readonly SpaceId[] | null;
      /** Signed in by a region that could not ask the hub. */
      readonly isRegional: boolean;
      readonly issuedMs: number;
    }
  | {
      readonly type: 'region';
      readonly region: RegionId;
      /** The only space that the proof is good for; null towards the hub. */
      readonly space: SpaceId | null;
    }
  | { readonly type: 'link'; readonly link: string; readonly space: SpaceId };

export const anonymous: Principal = { type: 'anonymous' };
