import type { Action, Principal, Role } from '@jzse/api';
import { JzseError } from '@jzse/api';
import type { Ancestry } from '@jzse/db/region';
import { type AccessDecision, decideAccess, grantRole, type UserPrincipal } from '@jzse/identity';
import type { EntryId, RegionId, SpaceId } from '@jzse/sync';
import { splitPath } from '@jzse/sync';
import type { DirectoryView } from './directory-view.ts';

/** What somebody may in one space, as of now: not to be kept. */
export interface SpaceView {
  /** On the whole space. */
  readonly role: Role | null;
  /** All that is in the space may be known. */
  readonly seesAll: boolean;
  /** Something of the space may be seen. */
  readonly seesSome: boolean;
  /** Something may be written somewhere in it. */
  readonly writesSome: boolean;
  /** `chain`: the entry and the folders above it. */
  decide(action: Action, chain: readonly EntryId[]): AccessDecision;
  /** What is granted below the top, and every folder on the way there. */
  way(): ReadonlySet<EntryId>;
}
export interface SpaceAccess {
  view(principal: Principal, space: SpaceId): SpaceView;
  /** Whether the space is here at all for anybody. */
  isPlaced(space: SpaceId): boolean;
  /** Throws `unknown-space`, `unknown-path` for what the caller must not know of, else `forbidden`. */
  checkWhole(principal: Principal, action: Action, space: SpaceId): void;
  checkPaths(principal: Principal, action: Action, at: { readonly space: SpaceId; readonly paths: readonly string[] }): void;
  checkEntry(principal: Principal, action: Action, at: { readonly space: SpaceId; readonly entryId: EntryId }): void;
}

export interface SpaceAccessDeps {
  readonly region: RegionId;
  readonly view: DirectoryView;
  readonly ancestry: Ancestry;
}

/** Decides by this region's copy of the directory alone, at once: also inside a transaction. */
export function createSpaceAccess(deps: SpaceAccessDeps): SpaceAccess {
  const isPlaced = (space: SpaceId): boolean => deps.view.placement(space, deps.region) !== 'none';
  const view = (principal: Principal, space: SpaceId): SpaceView => {
    if (!isPlaced(space)) return nothing;
    if (principal.type === 'region') return regionView(deps, principal, space);
    return principal.type === 'user' ? personView(deps, principal, space) : nothing;
  };
  return {
    view,
    isPlaced,
    checkWhole: (principal, action, space) => {
      const seen = view(principal, space);
      refuse(seen.role === null && seen.seesSome ? 'forbidden' : seen.decide(action, []), { space, seen });
    },
    checkPaths: (principal, action, { space, paths }) => {
      const seen = view(principal, space);
      if (!seen.seesSome) throw unknownSpace(space);
      if (seen.decide(action, []) === 'allowed') return;
      for (const path of paths) {
        const { ids, isWhole } = deps.ancestry.atPath(space, splitPath(path));
        refuse(decideAt(seen, action, { ids, isWhole }), { space, seen, path });
      }
      // Of no place in particular: whoever sees something of the space may see what there is.
      if (paths.length === 0 && action !== 'list') throw notYours();
    },
    checkEntry: (principal, action, { space, entryId }) => {
      const seen = view(principal, space);
      refuse(seen.decide(action, deps.ancestry.of(space, entryId)), { space, seen, path: '' });
    },
  };
}

const nothing: SpaceView = { role: null, seesAll: false, seesSome: false, writesSome: false, decide: () => 'hidden', way: () => new Set() };

/** A region by its proof: reads, in a space that is placed there too. */
function regionView({ view }: SpaceAccessDeps, principal: Extract<Principal, { type: 'region' }>, space: SpaceId): SpaceView {
  if (principal.space !== space || view.placement(space, principal.region) === 'none') return nothing;
  return {
    role: 'reader',
    seesAll: true,
    seesSome: true,
    writesSome: false,
    decide: (action) => (action === 'list' || action === 'read' ? 'allowed' : 'forbidden'),
    way: () => new Set(),
  };
}

function personView({ view, ancestry }: SpaceAccessDeps, principal: UserPrincipal, space: SpaceId): SpaceView {
  const spaceRole = view.roleIn(space, principal.user);
  const grants = view.grantsOf(space, principal.user);
  const isNarrowedAway = principal.spaces !== null && !principal.spaces.includes(space);
  const ask = (action: Action, entryRole: Role | null, isWayToGranted: boolean): AccessDecision =>
    decideAccess({ principal, action, space, spaceRole, entryRole, isWayToGranted });
  let way: ReadonlySet<EntryId> | null = null;
  const wayOf = (): ReadonlySet<EntryId> => {
    way ??= new Set(grants.flatMap(({ entryId }) => ancestry.of(space, entryId)));
    return way;
  };
  return {
    role: isNarrowedAway ? null : spaceRole,
    seesAll: ask('list', null, false) === 'allowed',
    seesSome: ask('list', null, grants.length > 0) === 'allowed',
    writesSome: [null, ...grants].some((grant) => ask('write', grant?.role ?? null, false) === 'allowed'),
    decide: (action, chain) => {
      if (grants.length === 0 || chain.length === 0) return ask(action, null, false);
      const entryRole = grantRole(view.person(principal.user), grants, new Set(chain));
      return ask(action, entryRole, chain[0] !== undefined && wayOf().has(chain[0]));
    },
    way: wayOf,
  };
}

/** Something that is not there yet is nobody's way anywhere: only what is granted above it counts. */
function decideAt(
  seen: SpaceView,
  action: Action,
  { ids, isWhole }: { readonly ids: readonly EntryId[]; readonly isWhole: boolean },
): AccessDecision {
  const chain = ids.toReversed();
  if (isWhole || action !== 'list') {
    const decision = seen.decide(action, chain);
    return !isWhole && decision === 'forbidden' && seen.decide('read', chain) !== 'allowed' ? 'hidden' : decision;
  }
  return seen.decide('read', chain) === 'allowed' ? 'allowed' : 'hidden';
}

function refuse(
  decision: AccessDecision,
  { space, seen, path }: { readonly space: SpaceId; readonly seen: SpaceView; readonly path?: string },
): void {
  if (decision === 'allowed') return;
  if (decision === 'forbidden') throw notYours();
  if (!seen.seesSome || path === undefined) throw unknownSpace(space);
  throw new JzseError('unknown-path', `nothing is at ${path} in "${space}"`, { detail: { space, path } });
}

const notYours = (): JzseError => new JzseError('forbidden', 'you may not do this here: ask somebody who manages the space or the folder');

export const unknownSpace = (space: SpaceId): JzseError =>
  new JzseError('unknown-space', `this region has no space "${space}"`, { detail: { space } });
