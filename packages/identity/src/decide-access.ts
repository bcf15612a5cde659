import { type Action, actions, type Principal, type Role, roles, type Subject } from '@jzse/api';
import type { EntryId, SpaceId } from '@jzse/sync';

export type UserPrincipal = Extract<Principal, { readonly type: 'user' }>;

/** `hidden`: the caller must not learn that it is there, and is told so with the words for what is not. */
export type AccessDecision = 'allowed' | 'hidden' | 'forbidden';

export interface AccessQuestion {
  readonly principal: UserPrincipal;
  readonly action: Action;
  readonly space: SpaceId;
  /** Of the person on the whole space: `memberRole`. */
  readonly spaceRole: Role | null;
  /** By grants on the entry and the folders above it: `grantRole`. Null where the whole space is asked for. */
  readonly entryRole: Role | null;
  /** Something below is granted: the entry, or the space, may be seen as the way there. */
  readonly isWayToGranted: boolean;
}

/** Roles decide what a person may, and a token's scopes and spaces narrow it; who sees nothing of something does not learn of it. */
export function decideAccess(question: AccessQuestion): AccessDecision {
  const { principal, action, space } = question;
  if (principal.spaces !== null && !principal.spaces.includes(space)) return 'hidden';
  const role = highestRole([question.spaceRole, question.entryRole]);
  if (role === null && !question.isWayToGranted) return 'hidden';
  const isInRole = role === null ? action === 'list' : roleAllows(role, action);
  return isInRole && isInScopes(principal, action) ? 'allowed' : 'forbidden';
}

export const roleAllows = (role: Role, action: Action): boolean => actions.indexOf(action) <= roles.indexOf(role) + 1;

/** A token for writing only may see what there is, and not read it. */
export function isInScopes({ scopes }: UserPrincipal, action: Action): boolean {
  if (scopes === null) return true;
  return action === 'list' ? scopes.some((scope) => scope !== 'admin') : scopes.includes(action);
}

/** An admin's token is an admin's only with that scope. */
export const isAdminCall = (principal: Principal): boolean =>
  principal.type === 'user' && principal.isAdmin && (principal.scopes?.includes('admin') ?? true);

export function highestRole(of: Iterable<Role | null>): Role | null {
  let highest = -1;
  for (const role of of) if (role !== null) highest = Math.max(highest, roles.indexOf(role));
  return roles[highest] ?? null;
}

export interface Person {
  readonly user: string;
  readonly groups: ReadonlySet<string>;
}

export const isSubject = ({ user, groups }: Person, subject: Subject): boolean =>
  subject.type === 'user' ? subject.user === user : groups.has(subject.group);

/** The highest of what is given to the person and to groups that the person is in. `members`: of one space. */
export function memberRole(person: Person, members: Iterable<{ readonly subject: Subject; readonly role: Role }>): Role | null {
  return highestRole(rolesOf(person, members));
}

/** By grants on the entry itself or any folder above it. `chain`: their ids, in any order. `grants`: of one space. */
export function grantRole(
  person: Person,
  grants: Iterable<{ readonly entryId: EntryId; readonly subject: Subject; readonly role: Role }>,
  chain: ReadonlySet<EntryId>,
): Role | null {
  const above = [...grants].filter(({ entryId }) => chain.has(entryId));
  return highestRole(rolesOf(person, above));
}

function* rolesOf(person: Person, given: Iterable<{ readonly subject: Subject; readonly role: Role }>): Iterable<Role> {
  for (const { subject, role } of given) if (isSubject(person, subject)) yield role;
}
