import type { Author, SpaceId } from '@jzse/sync';
import { splitPath } from '@jzse/sync';
import type { Outcome } from './commit-version.ts';
import { commitVersion } from './commit-version.ts';
import { decideDelete } from './decide-delete.ts';
import { decideFolder } from './decide-folder.ts';
import { decideMove } from './decide-move.ts';
import type { WriteCondition } from './decide-write.ts';
import type { Decide } from './planned-operation.ts';
import type { WriteDeps } from './write-deps.ts';

interface Asked {
  readonly space: SpaceId;
  readonly author: Author;
}

/** Makes a folder and those above it; an existing one is answered as it is. Throws `already-exists`, `not-a-folder`, `InvalidPath`. */
export const makeFolder = (deps: WriteDeps, asked: Asked & { readonly path: string }): Promise<Outcome> =>
  commitOne(deps, asked, decideFolder(splitPath(asked.path)));

/** `to` is the whole new path, its folder must be there. Throws what `decideMove` throws, and `InvalidPath`. */
export const moveEntry = (deps: WriteDeps, asked: Asked & { readonly from: string; readonly to: string }): Promise<Outcome> =>
  commitOne(deps, asked, decideMove({ from: splitPath(asked.from), to: splitPath(asked.to) }));

/** Deletes a file, or a folder with all that is shown below it. Throws `unknown-path`, `precondition-failed`. */
export const removeEntry = (
  deps: WriteDeps,
  asked: Asked & { readonly names: readonly string[]; readonly condition: WriteCondition },
): Promise<Outcome> => commitOne(deps, asked, decideDelete(asked));

async function commitOne(deps: WriteDeps, { space, author }: Asked, decide: Decide): Promise<Outcome> {
  const [outcome] = await commitVersion(deps, { space, author, decide: [decide], contents: [] });
  return outcome as Outcome;
}
