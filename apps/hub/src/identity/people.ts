import { type DirectoryState, JzseError } from '@jzse/api';
import type { AccountServices, NewUser, PeopleServices, UserInfo } from '@jzse/api/hub';
import type { HubStore, IdentityStore } from '@jzse/db/hub';
import { type Passwords, passwordProblem } from '@jzse/identity';
import { type Directory, decideAndPut } from './directory.ts';
import { existing, putUser } from './own-account.ts';
import { becomes, goes } from './records.ts';
import type { Sessions } from './sessions.ts';

export interface PeopleDeps {
  readonly createToken: AccountServices['createToken'];
  readonly directory: Directory;
  readonly store: Pick<IdentityStore, 'forgetTotp'>;
  readonly hub: Pick<HubStore, 'listSpaces'>;
  readonly passwords: Passwords;
  readonly sessions: Pick<Sessions, 'endAll'>;
  readonly nowMs: () => number;
}

const groupsMax = 1_000;

/** What admins do. */
export function people(deps: PeopleDeps): PeopleServices {
  return { ...users(deps), ...groups(deps), ...quotas(deps) };
}

function users(deps: PeopleDeps) {
  const { directory, store, passwords, sessions, nowMs } = deps;
  return {
    users: async ({ after, limit }) => {
      const found = await directory.list('user', { after, limit });
      return { users: found.map(toInfo), next: found.length < limit ? null : (found.at(-1)?.user ?? null) };
    },
    createUser: (request) => createUser(deps, request),
    createServiceToken: async (request) => {
      // An admin's word must not become another person's.
      if (!(await existing(directory, request.user)).isService) {
        throw new JzseError('invalid-input', `${request.user} is a person, who makes tokens on signing in`);
      }
      return deps.createToken(request);
    },
    updateUser: async (name, change) => {
      const user = await changeUser(directory, name, change);
      if (user.isDisabled) await sessions.endAll(name, null);
      return toInfo(user);
    },
    resetPassword: async (name, password) => {
      const { isService } = await existing(directory, name);
      if (isService) throw new JzseError('invalid-input', `${name} is a service: give it a token`);
      const problem = passwordProblem(password, name);
      if (problem !== null) throw new JzseError('invalid-input', problem);
      await putUser(directory, name, { passwordHash: await passwords.hash(password), validFromMs: nowMs() });
      await sessions.endAll(name, null);
    },
    resetTotp: async (name) => {
      await putUser(directory, name, { totpSecret: null });
      await store.forgetTotp(name);
    },
  } satisfies Partial<PeopleServices>;
}

async function createUser({ directory, passwords, nowMs }: PeopleDeps, request: NewUser): Promise<UserInfo> {
  const { user: name, displayName, password, isAdmin, isService } = request;
  if (isService && password !== null) throw new JzseError('invalid-input', 'a service has tokens, not a password');
  const problem = password === null ? null : passwordProblem(password, name);
  if (problem !== null) throw new JzseError('invalid-input', problem);
  // Versions carry the name for ever: it is nobody else's again.
  if (await directory.isKnown('user', name)) {
    throw new JzseError('already-exists', `the name ${name} is or was somebody's: choose another`, { detail: { user: name } });
  }
  const passwordHash = password === null ? null : await passwords.hash(password);
  const user = { user: name, displayName, isAdmin, isDisabled: false, isService, passwordHash, totpSecret: null, validFromMs: nowMs() };
  await directory.put([becomes('user', user, null)]);
  return toInfo(user);
}

function groups({ directory }: PeopleDeps) {
  return {
    groups: async () => {
      const found = await directory.list('group', { after: null, limit: groupsMax });
      return found.map(({ group, members }) => ({ group, members }));
    },
    setGroup: (group, members) =>
      decideAndPut(async () => {
        const was = await directory.get('group', group);
        if (members === null) {
          if (was !== null) await directory.put([goes('group', was), ...(await givenToGroup(directory, group))]);
          return;
        }
        const unique = [...new Set(members)].sort();
        for (const name of unique) await existing(directory, name);
        await directory.put([becomes('group', { group, members: unique }, was)]);
      }),
  } satisfies Partial<PeopleServices>;
}

/** A later group of that name shall not find what was given to this one. */
async function givenToGroup(directory: Directory, group: string) {
  const [members, grants] = await Promise.all([directory.find('member', `group/${group}`), directory.find('grant', `group/${group}`)]);
  return [...members.map((member) => goes('member', member)), ...grants.map((grant) => goes('grant', grant))];
}

function quotas({ directory, hub }: PeopleDeps) {
  return {
    setQuota: async (of, bytesMax) => {
      if ('user' in of) await existing(directory, of.user);
      else if (!(await hub.listSpaces()).includes(of.space)) {
        throw new JzseError('unknown-space', `there is no space ${of.space}`, { detail: { space: of.space } });
      }
      const named = 'user' in of ? { type: 'user' as const, user: of.user } : { type: 'space' as const, space: of.space };
      const state = { of: named, bytesMax: bytesMax ?? 0 };
      await directory.put([bytesMax === null ? goes('quota', state) : becomes('quota', state)]);
    },
  } satisfies Partial<PeopleServices>;
}

/** Who is an admin no more leaves another one behind, who must still be that when it counts: two cannot put each other out. */
function changeUser(directory: Directory, name: string, change: Parameters<PeopleServices['updateUser']>[1]) {
  return decideAndPut(async () => {
    const was = await existing(directory, name);
    const user = { ...was, ...change };
    const isLeaving = isActiveAdmin(was) && !isActiveAdmin(user);
    const other = isLeaving ? await otherAdmin(directory, name) : null;
    await directory.put([becomes('user', user, was), ...(other === null ? [] : [becomes('user', other, other)])]);
    return user;
  });
}

const isActiveAdmin = ({ isAdmin, isDisabled }: DirectoryState<'user'>): boolean => isAdmin && !isDisabled;

async function otherAdmin(directory: Directory, except: string): Promise<DirectoryState<'user'>> {
  const admins = await directory.find('user', 'admin');
  const other = admins.find((one) => one.user !== except && !one.isDisabled && !one.isService);
  if (other !== undefined) return other;
  throw new JzseError('invalid-input', `${except} is the last admin: make somebody else one first`, { detail: { user: except } });
}

const toInfo = ({ passwordHash, totpSecret, validFromMs: _, ...user }: DirectoryState<'user'>): UserInfo => ({
  ...user,
  hasPassword: passwordHash !== null,
  hasTotp: totpSecret !== null,
});
