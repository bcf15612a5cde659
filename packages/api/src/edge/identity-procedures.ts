import { z } from 'zod';
import { roles } from '../identity/access-rule.ts';
import { subjectSchema } from '../identity/directory.ts';
import { scopes } from '../identity/principal.ts';
import { pathSchema, spaceIdSchema, timeMsSchema } from '../schemas.ts';
import { edgeRouterOf, edgeProcedure as procedure } from './procedure.ts';

const userCharactersMax = 64;
const password = z.string().min(1).max(1_000);
const code = z.string().max(10);
const id = z.string().min(1).max(64);
const role = z.enum(roles).nullable();
const inSpace = z.object({ space: spaceIdSchema });
const at = inSpace.extend({ path: pathSchema });

/** The caller's own sign-ins and tokens. */
export const accountsRouter = edgeRouterOf({
  signIn: procedure
    .input(
      z.object({
        user: z.string().min(1).max(userCharactersMax),
        password,
        code: code.nullable().default(null),
        device: z.string().min(1).max(100).default('unnamed device'),
      }),
    )
    .mutation(({ ctx, input }) => ctx.accounts.signIn(input)),
  refresh: procedure
    .input(z.object({ refreshToken: z.string().min(1).max(200) }))
    .mutation(({ ctx, input }) => ctx.accounts.refresh(input.refreshToken)),
  oidc: procedure.query(({ ctx }) => ctx.accounts.oidc()),
  signOut: procedure.mutation(({ ctx }) => ctx.accounts.signOut()),
  whoami: procedure.query(({ ctx }) => ctx.accounts.whoami()),
  sessions: procedure.query(({ ctx }) => ctx.accounts.sessions()),
  revokeSession: procedure.input(z.object({ session: id })).mutation(({ ctx, input }) => ctx.accounts.revokeSession(input.session)),
  changePassword: procedure
    .input(z.object({ old: password, next: password }))
    .mutation(({ ctx, input }) => ctx.accounts.changePassword(input)),
  tokens: procedure.query(({ ctx }) => ctx.accounts.tokens()),
  createToken: procedure
    .input(
      z.object({
        name: z.string().min(1).max(100),
        scopes: z.array(z.enum(scopes)).min(1).nullable().default(null),
        spaces: z.array(spaceIdSchema).min(1).max(1_000).nullable().default(null),
        expiresMs: timeMsSchema.nullable().default(null),
      }),
    )
    .mutation(({ ctx, input }) => ctx.accounts.createToken(input)),
  revokeToken: procedure.input(z.object({ id })).mutation(({ ctx, input }) => ctx.accounts.revokeToken(input.id)),
  beginTotp: procedure.mutation(({ ctx }) => ctx.accounts.beginTotp()),
  confirmTotp: procedure.input(z.object({ code })).mutation(({ ctx, input }) => ctx.accounts.confirmTotp(input.code)),
  removeTotp: procedure.input(z.object({ password })).mutation(({ ctx, input }) => ctx.accounts.removeTotp(input.password)),
});

/** Who may what in a space. */
export const sharingRouter = edgeRouterOf({
  members: procedure.input(inSpace).query(({ ctx, input }) => ctx.sharing.members(input.space)),
  setMember: procedure.input(inSpace.extend({ subject: subjectSchema, role })).mutation(({ ctx, input }) => ctx.sharing.setMember(input)),
  grants: procedure.input(at).query(({ ctx, input }) => ctx.sharing.grants(input.space, input.path)),
  setGrant: procedure.input(at.extend({ subject: subjectSchema, role })).mutation(({ ctx, input }) => ctx.sharing.setGrant(input)),
  links: procedure.input(at).query(({ ctx, input }) => ctx.sharing.links(input.space, input.path)),
  createLink: procedure
    .input(
      at.extend({
        mode: z.enum(['download', 'drop']),
        password: password.nullable().default(null),
        expiresMs: timeMsSchema.nullable().default(null),
        usesMax: z.int().min(1).max(1_000_000_000).nullable().default(null),
      }),
    )
    .mutation(({ ctx, input }) => ctx.sharing.createLink(input)),
  revokeLink: procedure.input(inSpace.extend({ id })).mutation(({ ctx, input }) => ctx.sharing.revokeLink(input)),
});
