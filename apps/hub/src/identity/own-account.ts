import { type DirectoryState, JzseError } from '@jzse/api';
import type { AccountServices } from '@jzse/api/hub';
import type { IdentityStore } from '@jzse/db/hub';
import {
  checkTotp,
  formatApiToken,
  newId,
  newSecret,
  newTotpSecret,
  type Passwords,
  passwordProblem,
  secretHash,
  totpUri,
} from '@jzse/identity';
import type { AttemptLimits } from './attempt-limits.ts';
import { type Directory, decideAndPut } from './directory.ts';
import { becomes, goes } from './records.ts';
import type { Sessions } from './sessions.ts';
import { checkPassword, wrongCredentials } from './sign-in.ts';

export interface OwnAccountDeps {
  readonly directory: Directory;
  readonly store: Pick<IdentityStore, 'pendingTotp' | 'setPendingTotp' | 'takeTotpStep' | 'forgetTotp'>;
  readonly passwords: Passwords;
  readonly limits: AttemptLimits;
  readonly sessions: Sessions;
  readonly nowMs: () => number;
}

const tokensPerPersonMax = 200;
/** In place of an address, for what is asked within a session. */
const inSession = 'session';

type OwnAccount = Omit<AccountServices, 'signIn' | 'refresh' | 'signOut' | 'oidc' | 'takeHandOver' | 'sessions' | 'revokeSession'>;

/** What people do for themselves. */
export function ownAccount(deps: OwnAccountDeps): OwnAccount {
  return { ...passwordAndCodes(deps), ...apiTokens(deps) };
}

function passwordAndCodes(deps: OwnAccountDeps) {
  const { directory, store, passwords, sessions, nowMs } = deps;
  return {
    changePassword: async ({ user: name, session, old, next }) => {
      const user = await proved(deps, name, old);
      const problem = passwordProblem(next, name);
      if (problem !== null) throw new JzseError('invalid-input', problem);
      await putUser(directory, name, { passwordHash: await passwords.hash(next) }, user.passwordHash);
      await sessions.endAll(name, session);
    },
    beginTotp: async (user) => {
      await existing(directory, user);
      const secret = newTotpSecret();
      await store.setPendingTotp(user, secret);
      return { secret, uri: totpUri({ secret, user }) };
    },
    confirmTotp: async (user, code) => {
      const secret = await store.pendingTotp(user);
      if (secret === null) throw new JzseError('invalid-input', 'ask for a new secret first');
      await deps.limits.attempt({ user, address: inSession }, async () => {
        const step = checkTotp({ secret, code, nowMs: nowMs(), lastStep: null });
        if (step === null || !(await store.takeTotpStep(user, step))) throw wrongCredentials();
      });
      await putUser(directory, user, { totpSecret: secret });
      await store.setPendingTotp(user, null);
    },
    removeTotp: async (user, password) => {
      await proved(deps, user, password);
      await putUser(directory, user, { totpSecret: null });
      await store.forgetTotp(user);
    },
  } satisfies Partial<OwnAccount>;
}

function apiTokens({ directory, nowMs }: OwnAccountDeps) {
  return {
    createToken: async ({ user, name, scopes, spaces, expiresMs }) => {
      await existing(directory, user);
      if (expiresMs !== null && expiresMs <= nowMs()) throw new JzseError('invalid-input', 'choose a time to come for the token to expire');
      if ((await directory.find('token', `user/${user}`)).length >= tokensPerPersonMax) {
        throw new JzseError('invalid-input', `nobody has more than ${tokensPerPersonMax} tokens: revoke one first`);
      }
      const id = newId();
      const token = formatApiToken(id, newSecret());
      const state = { id, user, name, secretHash: secretHash(token), scopes, spaces, createdMs: nowMs(), expiresMs };
      await directory.put([becomes('token', toMutable(state), null)]);
      return { id, token };
    },
    tokens: async (user) =>
      (await directory.find('token', `user/${user}`)).map(({ id, name, scopes, spaces, createdMs, expiresMs }) => ({
        id,
        user,
        name,
        scopes,
        spaces,
        createdMs,
        expiresMs,
      })),
    revokeToken: async (user, id) => {
      const token = await directory.get('token', id);
      if (token !== null && token.user === user) await directory.put([goes('token', token)]);
    },
  } satisfies Partial<OwnAccount>;
}

/** By the password. Throws `wrong-credentials`, `too-many-requests`. */
function proved(deps: OwnAccountDeps, name: string, password: string): Promise<DirectoryState<'user'>> {
  return deps.limits.attempt({ user: name, address: inSession }, async () => {
    const user = await deps.directory.get('user', name);
    if (!(await checkPassword(deps, user, password)) || user === null) throw wrongCredentials();
    return user;
  });
}

export async function existing(directory: Pick<Directory, 'get'>, name: string): Promise<DirectoryState<'user'>> {
  const user = await directory.get('user', name);
  if (user === null) throw new JzseError('invalid-input', `there is nobody called ${name}`, { detail: { user: name } });
  return user;
}

/** `ifPasswordHash`: only as long as the password is that one. Throws `wrong-credentials`. */
export function putUser(
  directory: Directory,
  name: string,
  ...[change, ifPasswordHash]: readonly [change: Partial<DirectoryState<'user'>>, ifPasswordHash?: string | null]
): Promise<DirectoryState<'user'>> {
  return decideAndPut(async () => {
    const was = await existing(directory, name);
    if (ifPasswordHash !== undefined && was.passwordHash !== ifPasswordHash) throw wrongCredentials();
    const state = { ...was, ...change };
    await directory.put([becomes('user', state, was)]);
    return state;
  });
}

type Mutable<T> = T extends readonly (infer Item)[] ? Item[] : T;
const toMutable = <T extends object>(state: T): { -readonly [Key in keyof T]: Mutable<T[Key]> } =>
  state as { -readonly [Key in keyof T]: Mutable<T[Key]> };
