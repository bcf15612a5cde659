import type { FileCommit } from '@jzse/api/edge';
import type { Author, SpaceId } from '@jzse/sync';
import { splitPath } from '@jzse/sync';
import type { Outcome } from './commit-version.ts';
import { checkSpace, commitVersion } from './commit-version.ts';
import { decideWrite } from './decide-write.ts';
import { verifyContents } from './verify-contents.ts';
import type { WriteDeps } from './write-deps.ts';

/**
 * Many files whose chunks were sent before, in one commit: all of them or none, outcomes in their order.
 * Throws `chunks-missing` (`detail.missing`), `checksum-mismatch` for a content that is not what it is named, and what `decideWrite` throws.
 */
export async function commitFiles(
  deps: WriteDeps,
  wish: { readonly space: SpaceId; readonly files: readonly FileCommit[]; readonly author: Author },
): Promise<readonly Outcome[]> {
  const { space, files, author } = wish;
  await checkSpace(deps, space);
  const contents = await verifyContents(deps, files);
  const decide = files.map((file) => {
    const names = splitPath(file.path);
    const { modifiedMs, mediaType, base } = file;
    const condition = { ifMatch: file.ifMatch === null ? null : [file.ifMatch], ifNoneMatch: file.ifAbsent ? ('any' as const) : null };
    const { content } = contents.get(file.content.hash) ?? file;
    return decideWrite({ names, content, facts: { modifiedMs, mediaType }, condition, base });
  });
  return commitVersion(deps, { space, author, decide, contents: [...contents.values()] });
}
