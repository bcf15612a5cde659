import { type AccessRule, JzseError, type Principal } from '@jzse/api';
import type { AccessTarget, Guard } from '@jzse/gateway';
import { isAdminCall } from '@jzse/identity';
import type { DirectoryView } from './directory-view.ts';
import type { FindCaller } from './find-caller.ts';
import type { CookieSessions } from './open-session.ts';
import type { SpaceAccess } from './space-access.ts';

export interface EdgeGuardDeps {
  readonly callers: FindCaller;
  readonly access: SpaceAccess;
  readonly view: Pick<DirectoryView, 'spacesOf'>;
  readonly cookies: CookieSessions;
}

/** Who calls this edge and what they may, by its own copy of the directory: neither needs the hub. */
export function createEdgeGuard({ callers, access, view, cookies }: EdgeGuardDeps): Guard {
  return {
    bearer: (token) => callers.bearer(token),
    cookie: async (value) => callers.cookie(value),
    openSession: (body, request) => cookies.open(body, request.ip),
    closeSession: (value) => cookies.close(value),
    allow: async (principal, rule, target) => {
      if (rule.who === 'anyone') return;
      if (principal.type === 'anonymous') throw new JzseError('unauthenticated', 'send a token as "Authorization: Bearer …", or sign in');
      decide({ access, view }, principal, { rule, target });
    },
  };
}

function decide(
  deps: Pick<EdgeGuardDeps, 'access' | 'view'>,
  principal: Principal,
  { rule, target }: { readonly rule: AccessRule; readonly target: AccessTarget },
): void {
  switch (rule.who) {
    case 'signed-in':
      // Of a region no more than that it is one: what it asks for is checked by the space that it is good for.
      if (principal.type !== 'link') return;
      break;
    case 'admin':
    case 'region-or-admin':
      if (isAdminCall(principal)) return;
      break;
    case 'space':
      return decideInSpace(deps.access, principal, { rule, target });
    case 'writer':
      if (mayWriteSomewhere(deps, principal)) return;
      break;
    // Regions ask the hub; of an edge they want chunks and files only.
    case 'region':
    case 'anyone':
      break;
  }
  throw new JzseError('forbidden', 'you may not do this');
}

function decideInSpace(
  access: SpaceAccess,
  principal: Principal,
  { rule, target }: { readonly rule: Extract<AccessRule, { readonly who: 'space' }>; readonly target: AccessTarget },
): void {
  const { space, paths } = target;
  // Without a space the input is not valid, and is refused for that.
  if (space === null) throw new JzseError('invalid-input', 'name the space');
  if (rule.scope === 'whole') access.checkWhole(principal, rule.action, space);
  else access.checkPaths(principal, rule.action, { space, paths });
}

function mayWriteSomewhere({ access, view }: Pick<EdgeGuardDeps, 'access' | 'view'>, principal: Principal): boolean {
  if (principal.type !== 'user') return false;
  return [...view.spacesOf(principal.user)].some((space) => access.view(principal, space).writesSome);
}
