import type { RegionId, SpaceId } from '@jzse/sync';
import { z } from 'zod';
import { entryIdSchema, regionIdSchema, spaceIdSchema, timeMsSchema } from '../schemas.ts';
import { roles } from './access-rule.ts';
import { scopes } from './principal.ts';

/**
 * The directory: who there is and what they may. The hub alone changes it; each region keeps a copy of what concerns its spaces, so that
 * it can decide by itself. A record is replaced whole; `state` null: it is gone, or concerns this region no longer.
 */

/** Lower case, unique for ever: `li.wei`, `li.wei@example.com`. */
export const userNameSchema = nameSchema();
export const groupNameSchema = nameSchema();
function nameSchema(): z.ZodString {
  return z.string().regex(/^[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?$/, 'must be 1-64 of a-z 0-9 . _ @ + -');
}
const id = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const subjectSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('user'), user: userNameSchema }),
  z.object({ type: z.literal('group'), group: groupNameSchema }),
]);

const states = {
  user: z.object({
    user: userNameSchema,
    displayName: z.string().max(200),
    isAdmin: z.boolean(),
    isDisabled: z.boolean(),
    /** A program, not a person: it cannot sign in with a password. */
    isService: z.boolean(),
    /** Argon2id, PHC string; null: none set (OIDC, service). */
    passwordHash: z.string().max(400).nullable(),
    /** Base32 of the TOTP secret; null: no second factor. */
    totpSecret: z.string().max(200).nullable(),
    /** Sessions and access tokens from before are void. */
    validFromMs: timeMsSchema,
  }),
  group: z.object({ group: groupNameSchema, members: z.array(userNameSchema).max(10_000) }),
  /** By space and subject. */
  member: z.object({ space: spaceIdSchema, subject: subjectSchema, role: z.enum(roles) }),
  /** Narrower than a member: a folder (or file) and all below it, wherever it is moved. */
  grant: z.object({ id, space: spaceIdSchema, entryId: entryIdSchema, subject: subjectSchema, role: z.enum(roles) }),
  link: z.object({
    id,
    space: spaceIdSchema,
    entryId: entryIdSchema,
    /** Of the secret in its address. */
    secretHash: sha256,
    passwordHash: z.string().max(400).nullable(),
    /** `download`: see and read; `drop`: add files, see nothing. */
    mode: z.enum(['download', 'drop']),
    expiresMs: timeMsSchema.nullable(),
    usesMax: z.int().min(1).max(1_000_000_000).nullable(),
    createdBy: userNameSchema,
    createdMs: timeMsSchema,
  }),
  /** An API token of a user or service; it can do at most what its user can. */
  token: z.object({
    id,
    user: userNameSchema,
    name: z.string().min(1).max(100),
    secretHash: sha256,
    scopes: z.array(z.enum(scopes)).nullable(),
    spaces: z.array(spaceIdSchema).max(1000).nullable(),
    createdMs: timeMsSchema,
    expiresMs: timeMsSchema.nullable(),
  }),
  /** A device of a person. Gone: signed out or revoked. */
  session: z.object({
    id,
    user: userNameSchema,
    device: z.string().min(1).max(100),
    /** Of the secret in the browser's cookie; null: the session has refresh tokens instead. */
    cookieHash: sha256.nullable(),
    /** Of the present refresh token, which a region that is cut off takes without rotating it. */
    refreshHash: sha256.nullable(),
    createdMs: timeMsSchema,
    expiresMs: timeMsSchema,
  }),
  /** A region that may take part. Gone: revoked. `url` is what an admin approved: nothing else is ever called. */
  region: z.object({ region: regionIdSchema, url: z.url().max(500), publicKey: z.string().max(400), enrolledMs: timeMsSchema }),
  /** A key of the hub (Ed25519, JWK `x`), with which access tokens are signed. */
  key: z.object({ id, publicKey: z.string().max(400), createdMs: timeMsSchema, retiredMs: timeMsSchema.nullable() }),
  /** Absent: `full`. `none`: the region never sees the space. */
  placement: z.object({ space: spaceIdSchema, region: regionIdSchema, placement: z.enum(['full', 'cache', 'none']) }),
  quota: z.object({
    of: z.discriminatedUnion('type', [
      z.object({ type: z.literal('space'), space: spaceIdSchema }),
      z.object({ type: z.literal('user'), user: userNameSchema }),
    ]),
    bytesMax: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  }),
} as const;

export const directoryKinds = Object.keys(states) as DirectoryKind[];
export type DirectoryKind = keyof typeof states;
export type DirectoryState<Kind extends DirectoryKind> = z.output<(typeof states)[Kind]>;
export const directoryStateSchemas: { readonly [Kind in DirectoryKind]: z.ZodType<DirectoryState<Kind>> } = states;

/**
 * What a hub that lost its database takes back from regions. Regions come back by their keys; sessions do not, since their refresh tokens
 * were made with a secret that is lost.
 */
export const restorableKinds = ['user', 'group', 'member', 'grant', 'link', 'token', 'placement', 'quota'] as const;
export type RestorableKind = (typeof restorableKinds)[number];

export type UserState = DirectoryState<'user'>;
export type MemberState = DirectoryState<'member'>;
export type GrantState = DirectoryState<'grant'>;
export type LinkState = DirectoryState<'link'>;
export type Subject = z.output<typeof subjectSchema>;

/** Keys by which records are found: `user` "li.wei", `member` "demo/user/li.wei", `placement` "demo/beijing", `quota` "space/demo". */
export interface DirectoryRecord<Kind extends DirectoryKind = DirectoryKind> {
  readonly kind: Kind;
  readonly key: string;
  /** Grows with every change of the directory; of a whole page in ascending order. */
  readonly revision: number;
  readonly state: DirectoryState<Kind> | null;
}

export const subjectKey = (of: Subject): string => (of.type === 'user' ? `user/${of.user}` : `group/${of.group}`);
export const memberKey = (space: SpaceId, of: Subject): string => `${space}/${subjectKey(of)}`;
export const placementKey = (space: SpaceId, region: RegionId): string => `${space}/${region}`;
