import { JzseError } from '@jzse/api';
import type { UserPrincipal } from '@jzse/identity';
import type { EntryId, Operation, TreeReader } from '@jzse/sync';
import { resolveAlias } from '@jzse/sync';
import type { CheckCommit } from '../write/write-deps.ts';
import type { DirectoryView } from './directory-view.ts';
import type { Quotas } from './quotas.ts';
import { type SpaceAccess, unknownSpace } from './space-access.ts';

export interface CheckCommitDeps {
  readonly view: Pick<DirectoryView, 'find'>;
  readonly access: Pick<SpaceAccess, 'view'>;
  readonly quotas: Pick<Quotas, 'checkOperations'>;
}

/** Asked inside the transaction of each commit, by its author's name: a role that went while an upload was on its way is no role. */
export function createCheckCommit(deps: CheckCommitDeps): CheckCommit {
  return (commit) => {
    checkRights(deps, commit);
    deps.quotas.checkOperations(commit);
  };
}

function checkRights(deps: CheckCommitDeps, { space, author, tree, operations }: Parameters<CheckCommit>[0]): void {
  const person = deps.view.find('user', author.user);
  if (person === null || person.isDisabled) throw new JzseError('forbidden', 'whoever began this may change nothing here any more');
  const seen = deps.access.view(byName(author.user, author.device), space);
  if (seen.decide('write', []) === 'allowed') return;
  if (!seen.seesSome) throw unknownSpace(space);
  for (const id of operations.flatMap((operation) => touched(operation, tree))) {
    if (seen.decide('write', chainOf(tree, id)) === 'allowed') continue;
    throw new JzseError('forbidden', 'you may not change this any more: ask somebody who manages the space or the folder');
  }
}

const byName = (user: string, device: string): UserPrincipal => ({
  type: 'user',
  user,
  device,
  isAdmin: false,
  session: null,
  token: null,
  scopes: null,
  spaces: null,
  isRegional: false,
  issuedMs: 0,
});

/** What was there before, and where something is put. A folder that the same commit makes stands in one that was there. */
function touched(operation: Operation, tree: TreeReader): EntryId[] {
  const ids = 'parentId' in operation ? [operation.parentId] : [];
  if (operation.type !== 'create') ids.push(operation.entryId);
  return ids.filter((id) => tree.entry(resolveAlias(tree, id)) !== null);
}

const depthMax = 4096;

function chainOf(tree: TreeReader, id: EntryId): EntryId[] {
  const ids: EntryId[] = [];
  let entry = tree.entry(resolveAlias(tree, id));
  while (entry !== null && ids.length < depthMax) {
    ids.push(entry.id);
    entry = entry.parentId === null ? null : tree.entry(resolveAlias(tree, entry.parentId));
  }
  return ids;
}
