import { JzseError, type Principal } from '@jzse/api';
import type { EdgeAccounts } from '@jzse/api/edge';
import type { RegionalSessions } from '@jzse/db/region';
import { isAdminCall, type UserPrincipal } from '@jzse/identity';
import type { DirectoryView } from './directory-view.ts';
import type { HubIdentity } from './hub-identity.ts';
import type { OidcSignIn } from './oidc.ts';
import { isHubAway, type SignInServices } from './sign-in.ts';
import type { SpaceAccess } from './space-access.ts';

export interface AccountsDeps {
  readonly hub: HubIdentity;
  readonly signIn: SignInServices;
  readonly oidc: Pick<OidcSignIn, 'offer'>;
  readonly view: DirectoryView;
  readonly sessions: RegionalSessions;
  readonly access: SpaceAccess;
  /** What the hub was told is known here when it resolves, if the hub answers. */
  readonly refresh: () => Promise<void>;
}
export interface Caller {
  readonly principal: Principal;
  readonly address: string;
}

/** Of one caller. */
export function accountsOf(deps: AccountsDeps, { principal, address }: Caller): EdgeAccounts {
  const { hub, view, refresh } = deps;
  const whole = (): UserPrincipal => wholePerson(principal);
  const thenKnown = async <Answer>(change: Promise<Answer>): Promise<Answer> => {
    const answer = await change;
    await refresh();
    return answer;
  };
  return {
    signIn: (request) => deps.signIn.signIn({ ...request, wants: 'refresh-token', address }),
    refresh: (refreshToken) => deps.signIn.refresh({ refreshToken, address }),
    oidc: async () => {
      const offer = await deps.oidc.offer();
      return offer === null ? null : { provider: offer.provider };
    },
    signOut: async () => {
      const { session } = person(principal);
      if (session !== null) await deps.signIn.signOut(session);
    },
    whoami: async () => {
      const { user, device, session, token, scopes, isRegional } = person(principal);
      const displayName = view.find('user', user)?.displayName ?? '';
      const isAdmin = isAdminCall(principal);
      return { user, displayName, device, isAdmin, session, token, scopes, isRegional, spaces: spacesOf(deps, principal, user) };
    },
    sessions: async () => [...(await hubSessions(deps, whole().user)), ...ownSessions(deps, whole().user)],
    revokeSession: async (session) => {
      const { user } = whole();
      if (deps.sessions.find(session)?.user === user) return deps.sessions.close(session);
      return thenKnown(hub.accounts.revokeSession(user, session));
    },
    changePassword: ({ old, next }) => {
      const { user, session } = whole();
      return thenKnown(hub.accounts.changePassword({ user, session, old, next }));
    },
    tokens: async () => hub.accounts.tokens(whole().user),
    createToken: async (request) => thenKnown(hub.accounts.createToken({ ...request, user: whole().user })),
    revokeToken: async (id) => thenKnown(hub.accounts.revokeToken(whole().user, id)),
    beginTotp: async () => hub.accounts.beginTotp(whole().user),
    confirmTotp: async (code) => thenKnown(hub.accounts.confirmTotp(whole().user, code)),
    removeTotp: async (password) => thenKnown(hub.accounts.removeTotp(whole().user, password)),
  };
}

export function person(principal: Principal): UserPrincipal {
  if (principal.type === 'anonymous') throw new JzseError('unauthenticated', 'sign in, or send a token');
  if (principal.type !== 'user') throw new JzseError('forbidden', 'this is for people and their programs');
  return principal;
}

/** What a token that is narrower than its person must not do: it would be as wide in two steps. */
function wholePerson(principal: Principal): UserPrincipal {
  const found = person(principal);
  if (found.scopes === null && found.spaces === null) return found;
  throw new JzseError('forbidden', 'this token is for less than that: sign in');
}

function spacesOf({ view, access }: AccountsDeps, principal: Principal, user: string) {
  const spaces = [...view.spacesOf(user)].toSorted().map((space) => ({ space, seen: access.view(principal, space) }));
  return spaces.filter(({ seen }) => seen.seesSome).map(({ space, seen }) => ({ space, role: seen.role }));
}

function ownSessions({ sessions }: AccountsDeps, user: string) {
  return sessions.ofUser(user).map(({ id, device, createdMs, expiresMs }) => ({ id, device, createdMs, seenMs: createdMs, expiresMs }));
}

/** While the hub is away those that this region can see the end of are told: its own. */
async function hubSessions({ hub }: AccountsDeps, user: string): ReturnType<HubIdentity['accounts']['sessions']> {
  try {
    return await hub.accounts.sessions(user);
  } catch (cause) {
    if (isHubAway(cause)) return [];
    throw cause;
  }
}
