import { z } from 'zod';
import { JzseError } from '../error-code.ts';
import { roles } from '../identity/access-rule.ts';
import { groupNameSchema, subjectSchema, userNameSchema } from '../identity/directory.ts';
import { type Principal, scopes } from '../identity/principal.ts';
import { entryIdSchema, pageSchema, regionIdSchema, spaceIdSchema, timeMsSchema } from '../schemas.ts';
import type { NewToken } from './identity-services.ts';
import { type HubContext, hubRouterOf, hubProcedure as procedure } from './procedure.ts';

const passwordCharactersMax = 1_000;
/** However it was typed: names are lower case. */
const typedUser = z
  .string()
  .max(64)
  .transform((name) => name.trim().toLowerCase())
  .pipe(userNameSchema);
const password = z.string().min(1).max(passwordCharactersMax);
const code = z.string().max(10);
const id = z.string().min(1).max(64);
const device = z.string().min(1).max(100);
const address = z.string().max(100).nullable().default(null);
const ofSpace = z.object({ space: spaceIdSchema });
const role = z.enum(roles).nullable();
/** A region says for whom it asks; of everybody else it is known. */
const onBehalf = z.object({ user: typedUser.optional() });
const newToken = {
  name: z.string().min(1).max(100),
  scopes: z.array(z.enum(scopes)).min(1).nullable().default(null),
  spaces: z.array(spaceIdSchema).min(1).max(1_000).nullable().default(null),
  expiresMs: timeMsSchema.nullable().default(null),
};
const byActor = ofSpace.extend({ actor: userNameSchema.optional() });

/** People and their sessions. Whose they are is known from the call and never taken from its input, but for regions, which ask for their people. */
export const accountsRouter = hubRouterOf({
  signIn: procedure
    .input(
      z.object({
        user: typedUser,
        password,
        code: code.nullable().default(null),
        device: device.default('unnamed device'),
        wants: z.enum(['refresh-token', 'cookie']),
        address,
      }),
    )
    .mutation(({ ctx, input }) => ctx.accounts.signIn({ ...input, address: addressOf(ctx, input.address) })),
  refresh: procedure
    .input(z.object({ refreshToken: z.string().min(1).max(200), address }))
    .mutation(({ ctx, input }) => ctx.accounts.refresh({ ...input, address: addressOf(ctx, input.address) })),
  oidc: procedure.query(({ ctx }) => ctx.accounts.oidc()),
  takeHandOver: procedure
    .input(z.object({ region: regionIdSchema, state: z.string().min(1).max(100), code: z.string().min(1).max(2_000) }))
    .mutation(({ ctx, input }) => ctx.accounts.takeHandOver(input)),
  signOut: procedure.input(onBehalf.extend({ session: id.optional() })).mutation(async ({ ctx, input }) => {
    const session = ctx.principal.type === 'region' ? input.session : sessionOf(ctx.principal);
    if (session !== undefined && session !== null) await ctx.accounts.signOut(session);
  }),
  whoAmI: procedure.query(({ ctx }) => {
    const { user, device: name, isAdmin, session, token, scopes: of, spaces } = caller(ctx);
    return { user, device: name, isAdmin, session, token, scopes: of, spaces };
  }),
  changePassword: procedure
    .input(onBehalf.extend({ session: id.nullable().default(null), old: password, next: password }))
    .mutation(({ ctx, input: { old, next, ...input } }) => {
      const session = ctx.principal.type === 'region' ? input.session : sessionOf(ctx.principal);
      return ctx.accounts.changePassword({ user: person(ctx, input.user), session, old, next });
    }),
  beginTotp: procedure.input(onBehalf).mutation(({ ctx, input }) => ctx.accounts.beginTotp(person(ctx, input.user))),
  confirmTotp: procedure
    .input(onBehalf.extend({ code }))
    .mutation(({ ctx, input }) => ctx.accounts.confirmTotp(person(ctx, input.user), input.code)),
  removeTotp: procedure
    .input(onBehalf.extend({ password }))
    .mutation(({ ctx, input }) => ctx.accounts.removeTotp(person(ctx, input.user), input.password)),
  sessions: procedure.input(onBehalf).query(({ ctx, input }) => ctx.accounts.sessions(person(ctx, input.user))),
  revokeSession: procedure
    .input(onBehalf.extend({ session: id }))
    .mutation(({ ctx, input }) => ctx.accounts.revokeSession(person(ctx, input.user), input.session)),
  createToken: procedure
    .input(onBehalf.extend(newToken))
    .mutation(async ({ ctx, input }) =>
      ctx.accounts.createToken({ ...input, user: person(ctx, input.user), ...(await atMostOfRegion(ctx, input)) }),
    ),
  tokens: procedure.input(onBehalf).query(({ ctx, input }) => ctx.accounts.tokens(person(ctx, input.user))),
  revokeToken: procedure
    .input(onBehalf.extend({ id }))
    .mutation(({ ctx, input }) => ctx.accounts.revokeToken(person(ctx, input.user), input.id)),
});

const changeOfUser = z.object({
  displayName: z.string().max(200).optional(),
  isAdmin: z.boolean().optional(),
  isDisabled: z.boolean().optional(),
});

/** For admins. */
export const peopleRouter = hubRouterOf({
  users: procedure.input(pageSchema).query(({ ctx, input }) => ctx.people.users(input)),
  createUser: procedure
    .input(
      z.object({
        user: userNameSchema,
        displayName: z.string().max(200).default(''),
        password: password.nullable().default(null),
        isAdmin: z.boolean().default(false),
        isService: z.boolean().default(false),
      }),
    )
    .mutation(({ ctx, input }) => ctx.people.createUser(input)),
  updateUser: procedure
    .input(z.object({ user: userNameSchema, change: changeOfUser }))
    .mutation(({ ctx, input: { user, change } }) => ctx.people.updateUser(user, given(change))),
  resetPassword: procedure
    .input(z.object({ user: userNameSchema, password }))
    .mutation(({ ctx, input }) => ctx.people.resetPassword(input.user, input.password)),
  resetTotp: procedure.input(z.object({ user: userNameSchema })).mutation(({ ctx, input }) => ctx.people.resetTotp(input.user)),
  groups: procedure.query(({ ctx }) => ctx.people.groups()),
  setGroup: procedure
    .input(z.object({ group: groupNameSchema, members: z.array(userNameSchema).max(10_000).nullable() }))
    .mutation(({ ctx, input }) => ctx.people.setGroup(input.group, input.members)),
  setQuota: procedure
    .input(
      z.object({
        of: z.union([ofSpace, z.object({ user: userNameSchema })]),
        bytesMax: z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullable(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.people.setQuota(input.of, input.bytesMax)),
  /** Of services: they cannot sign in to make their own. */
  createServiceToken: procedure
    .input(z.object({ user: userNameSchema, ...newToken }))
    .mutation(({ ctx, input }) => ctx.people.createServiceToken(input)),
  tokens: procedure.input(z.object({ user: userNameSchema })).query(({ ctx, input }) => ctx.accounts.tokens(input.user)),
  revokeToken: procedure
    .input(z.object({ user: userNameSchema, id }))
    .mutation(({ ctx, input }) => ctx.accounts.revokeToken(input.user, input.id)),
});

/** Who may what in a space. */
export const sharingRouter = hubRouterOf({
  members: procedure.input(ofSpace).query(({ ctx, input }) => ctx.sharing.members(input.space)),
  setMember: procedure
    .input(byActor.extend({ subject: subjectSchema, role }))
    .mutation(({ ctx, input }) => ctx.sharing.setMember({ ...input, actor: actor(ctx, input) })),
  grants: procedure.input(ofSpace).query(({ ctx, input }) => ctx.sharing.grants(input.space)),
  setGrant: procedure
    .input(byActor.extend({ entryId: entryIdSchema, subject: subjectSchema, role }))
    .mutation(({ ctx, input }) => ctx.sharing.setGrant({ ...input, actor: actor(ctx, input) })),
  links: procedure.input(ofSpace).query(({ ctx, input }) => ctx.sharing.links(input.space)),
  createLink: procedure
    .input(
      byActor.extend({
        entryId: entryIdSchema,
        mode: z.enum(['download', 'drop']),
        password: password.nullable().default(null),
        expiresMs: timeMsSchema.nullable().default(null),
        usesMax: z.int().min(1).max(1_000_000_000).nullable().default(null),
      }),
    )
    .mutation(({ ctx, input }) => ctx.sharing.createLink({ ...input, actor: actor(ctx, input) })),
  revokeLink: procedure
    .input(byActor.extend({ id }))
    .mutation(({ ctx, input }) => ctx.sharing.revokeLink({ ...input, actor: actor(ctx, input) })),
});

type UserPrincipal = Extract<Principal, { readonly type: 'user' }>;

function caller({ principal }: HubContext): UserPrincipal {
  if (principal.type !== 'user') throw new JzseError('invalid-input', 'this is for people: sign in');
  return principal;
}

const sessionOf = (principal: Principal): string | null => (principal.type === 'user' ? principal.session : null);

/** For what a token that is narrower than its person must not do: it would be as wide in two steps. */
function whole(ctx: HubContext): string {
  const { user, scopes: of, spaces } = caller(ctx);
  if (of !== null || spaces !== null) throw new JzseError('forbidden', 'this token is for less than that: sign in');
  return user;
}

function person(ctx: HubContext, user: string | undefined): string {
  if (ctx.principal.type !== 'region') return whole(ctx);
  if (user === undefined) throw new JzseError('invalid-input', 'say for whom the region asks');
  return user;
}

type Width = Pick<NewToken, 'scopes' | 'spaces'>;

/** A region may ask for its people, and not become by that an admin of the fleet, or see a space that is not placed there. */
async function atMostOfRegion(ctx: HubContext, { scopes: asked, spaces }: Width): Promise<Width> {
  if (ctx.principal.type !== 'region') return { scopes: asked, spaces };
  if (asked?.includes('admin')) throw new JzseError('forbidden', 'make a token for admins at the hub, not in a region');
  const placed = await ctx.services.listSpaces();
  const hidden = spaces?.find((space) => !placed.includes(space));
  if (hidden !== undefined) throw new JzseError('unknown-space', `there is no space ${hidden}`, { detail: { space: hidden } });
  return { scopes: asked ?? scopes.filter((scope) => scope !== 'admin'), spaces: spaces ?? placed };
}

function actor(ctx: HubContext, { space, actor: named }: { readonly space: string; readonly actor?: string | undefined }): string {
  if (ctx.principal.type === 'region') return person(ctx, named);
  const { user, scopes: of, spaces } = caller(ctx);
  if (of !== null && !of.includes('manage')) throw new JzseError('forbidden', 'this token is not for sharing');
  if (spaces !== null && !spaces.some((allowed) => allowed === space)) {
    throw new JzseError('unknown-space', `there is no space ${space}`, { detail: { space } });
  }
  return user;
}

/** Where a person is who asks at a region, that region says. */
const addressOf = ({ principal, address: own }: HubContext, named: string | null): string =>
  principal.type === 'region' ? (named ?? own) : own;

const given = <T extends object>(change: T): { [Key in keyof T]: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as { [Key in keyof T]: Exclude<T[Key], undefined> };
