import { type DirectoryState, JzseError, type Role, type Subject } from '@jzse/api';
import type { NewLink, SharingServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import { grantRole, isSubject, memberRole, newId, newSecret, type Passwords, type Person, secretHash } from '@jzse/identity';
import type { EntryId, SpaceId } from '@jzse/sync';
import { type Directory, type DirectoryReads, decideAndPut } from './directory.ts';
import { existing } from './own-account.ts';
import { becomes, goes } from './records.ts';

export interface SharingDeps {
  readonly directory: Directory;
  readonly hub: Pick<HubStore, 'listSpaces' | 'entry'>;
  readonly passwords: Passwords;
  readonly nowMs: () => number;
  /** Whether an admin who asks does so as one: not with a token that is narrower. */
  readonly isAdminAsking: boolean;
}

/** Folders within folders that are walked up; deeper ones no path reaches. */
const depthMax = 10_000;
const linksPerSpaceMax = 10_000;

/** Who may what in a space. */
export function sharing(deps: SharingDeps): SharingServices {
  return { ...membersOf(deps), ...grantsOf(deps), ...linksOf(deps) };
}

function membersOf(deps: SharingDeps) {
  const { directory } = deps;
  return {
    members: async (space) => (await directory.find('member', `space/${space}`)).map(({ subject, role }) => ({ subject, role })),
    setMember: async ({ actor, space, subject, role }) => {
      await mustManage(deps, { actor, space, entryId: null });
      if (role !== null) await mustExist(directory, subject);
      const state = { space, subject, role: role ?? ('reader' as const) };
      await directory.put([role === null ? goes('member', state) : becomes('member', state)]);
    },
  } satisfies Partial<SharingServices>;
}

function grantsOf(deps: SharingDeps) {
  const { directory } = deps;
  return {
    grants: async (space) =>
      (await directory.find('grant', `space/${space}`)).map(({ id, entryId, subject, role }) => ({ id, entryId, subject, role })),
    setGrant: async ({ actor, space, entryId, subject, role }) => {
      await mustManage(deps, { actor, space, entryId });
      if (role !== null) await mustExist(directory, subject);
      await decideAndPut(async () => {
        const there = await directory.find('grant', `entry/${space}/${entryId}`);
        const was = there.find((grant) => isSame(grant.subject, subject)) ?? null;
        if (role === null) await directory.put(was === null ? [] : [goes('grant', was)]);
        else await directory.put([becomes('grant', { id: was?.id ?? newId(), space, entryId, subject, role }, was)]);
      });
    },
  } satisfies Partial<SharingServices>;
}

function linksOf(deps: SharingDeps) {
  const { directory, nowMs } = deps;
  return {
    links: async (space) =>
      (await directory.find('link', `space/${space}`)).map(({ passwordHash, secretHash: _, space: __, ...link }) => ({
        ...link,
        hasPassword: passwordHash !== null,
        // Regions count for themselves.
        uses: 0,
      })),
    createLink: async (request) => createLink(deps, request),
    revokeLink: async ({ actor, space, id }) => {
      const link = await directory.get('link', id);
      if (link === null || link.space !== space) return;
      if (link.createdBy !== actor) await mustManage(deps, { actor, space, entryId: link.entryId });
      await directory.put([goes('link', link)]);
    },
  } satisfies Partial<SharingServices>;

  async function createLink({ passwords }: SharingDeps, request: NewLink) {
    const { actor, space, entryId, mode, password, expiresMs, usesMax } = request;
    await mustManage(deps, { actor, space, entryId });
    if (expiresMs !== null && expiresMs <= nowMs()) throw new JzseError('invalid-input', 'choose a time to come for the link to end');
    if ((await directory.find('link', `space/${space}`)).length >= linksPerSpaceMax) {
      throw new JzseError('invalid-input', `no space has more than ${linksPerSpaceMax} links: revoke some first`, { detail: { space } });
    }
    const [id, secret] = [newId(), newSecret()];
    const passwordHash = password === null ? null : await passwords.hash(password);
    const of = { id, space, entryId, mode, expiresMs, usesMax, passwordHash, secretHash: secretHash(secret) };
    await directory.put([becomes('link', { ...of, createdBy: actor, createdMs: nowMs() }, null)]);
    return { id, secret };
  }
}

/** Whose roles count: the person with the groups that the person is in. */
export async function personOf(directory: DirectoryReads, user: string): Promise<Person> {
  const groups = await directory.find('group', `user/${user}`);
  return { user, groups: new Set(groups.map(({ group }) => group)) };
}

/** As a member of the space, directly or by a group; null: none. */
export async function roleInSpace(directory: DirectoryReads, user: string, space: SpaceId): Promise<Role | null> {
  const [person, members] = await Promise.all([personOf(directory, user), directory.find('member', `space/${space}`)]);
  return memberRole(person, members);
}

/** An admin may give roles in every space, also to himself; that does not let him read it before he does. */
async function mustManage(
  { directory, hub, isAdminAsking }: SharingDeps,
  { actor, space, entryId }: { readonly actor: string; readonly space: SpaceId; readonly entryId: EntryId | null },
): Promise<void> {
  const user = await directory.get('user', actor);
  const isThere = (await hub.listSpaces()).includes(space);
  if (isThere && user !== null && !user.isDisabled) {
    if (user.isAdmin && isAdminAsking) return;
    const role = await roleInSpace(directory, actor, space);
    if (role === 'manager') return;
    const isGranted = entryId !== null && (await managesEntry({ directory, hub }, user, { space, entryId }));
    if (isGranted) return;
    if (role !== null || (await hasGrant(directory, actor, space))) {
      throw new JzseError('forbidden', 'only who manages this may share it', { detail: { space } });
    }
  }
  throw new JzseError('unknown-space', `there is no space ${space}`, { detail: { space } });
}

async function managesEntry(
  { directory, hub }: Pick<SharingDeps, 'directory' | 'hub'>,
  { user }: DirectoryState<'user'>,
  { space, entryId }: { readonly space: SpaceId; readonly entryId: EntryId },
): Promise<boolean> {
  const [person, grants] = await Promise.all([personOf(directory, user), directory.find('grant', `space/${space}`)]);
  if (!grants.some(({ subject }) => isSubject(person, subject))) return false;
  const chain = new Set<EntryId>();
  for (let at: EntryId | null = entryId; at !== null && !chain.has(at) && chain.size < depthMax; ) {
    chain.add(at);
    at = (await hub.entry(space, at))?.parentId ?? null;
  }
  return grantRole(person, grants, chain) === 'manager';
}

export async function hasGrant(directory: DirectoryReads, user: string, space: SpaceId): Promise<boolean> {
  const person = await personOf(directory, user);
  return (await directory.find('grant', `space/${space}`)).some(({ subject }) => isSubject(person, subject));
}

async function mustExist(directory: Pick<Directory, 'get'>, subject: Subject): Promise<void> {
  if (subject.type === 'user') await existing(directory, subject.user);
  else if ((await directory.get('group', subject.group)) === null) {
    throw new JzseError('invalid-input', `there is no group ${subject.group}`, { detail: { group: subject.group } });
  }
}

const isSame = (left: Subject, right: Subject): boolean =>
  left.type === 'user' ? right.type === 'user' && left.user === right.user : right.type === 'group' && left.group === right.group;
