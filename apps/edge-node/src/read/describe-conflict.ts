import { JzseError } from '@jzse/api';
import type { ConflictDetail, ConflictInfo } from '@jzse/api/edge';
import { unifiedDiff } from '@jzse/merge';
import type { Entry, SpaceId, Version } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import { type ConflictReadDeps, conflictInfos } from './conflict-info.ts';
import { readText } from './read-text.ts';

/** Bytes of a version that is compared for people. */
const comparedBytesMax = 1024 * 1024;
/** Other versions that are compared with the winner; more than that nobody reads. */
const comparedVersionsMax = 10;

/** One conflict with the differences between what is shown and each other version. Throws `no-conflict`. */
export async function describeConflict(
  deps: ConflictReadDeps,
  { space, entry }: { readonly space: SpaceId; readonly entry: Entry },
  signal: AbortSignal,
): Promise<ConflictDetail> {
  const [shown, ...others] = entry.heads;
  if (shown === undefined || others.length === 0)
    throw new JzseError('no-conflict', `"${entry.name}" has one version; there is no conflict`);
  const [info] = (await conflictInfos(deps, space, [entry])) as [ConflictInfo];
  const shownText = await comparable(deps, { space, version: shown, signal });
  const differences: ConflictDetail['differences'][number][] = [];
  for (const other of others.slice(0, comparedVersionsMax)) {
    const otherText = shownText === null ? null : await comparable(deps, { space, version: other, signal });
    const isText = shownText !== null && otherText !== null;
    const unified = isText ? unifiedDiff({ name: nameOf(shown), text: shownText }, { name: nameOf(other), text: otherText }) : '';
    differences.push({ left: dotKey(shown.dot), right: dotKey(other.dot), unified });
  }
  return { ...info, differences };
}

/** Null where it is no text, too large to read, or not to be had now: the rest is told all the same. */
async function comparable(
  deps: ConflictReadDeps,
  wanted: { readonly space: SpaceId; readonly version: Version; readonly signal: AbortSignal },
): Promise<string | null> {
  if (wanted.version.content.size > comparedBytesMax) return null;
  try {
    return await readText(deps, wanted);
  } catch (cause) {
    if (cause instanceof JzseError && cause.code === 'content-unavailable') return null;
    throw cause;
  }
}

const nameOf = ({ dot, author }: Version): string => `${dotKey(dot)} (${author.user}, ${author.region})`;
