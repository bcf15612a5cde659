import { JzseError } from '@jzse/api';
import type { MergeTask } from '@jzse/api/hub';
import type { Entry, RegionId } from '@jzse/sync';
import { dotKey, joinPath } from '@jzse/sync';
import { commitVersion } from './commit-version.ts';
import { decideResolve, type Resolution } from './decide-resolve.ts';
import { type MergeDeps, mergeHeads, mergingRule } from './merge-heads.ts';

/** What became of a task. `later`: nothing was decided, try again within the lease. */
export type MergeEnd = { readonly type: 'done' } | { readonly type: 'failed'; readonly reason: string } | { readonly type: 'later' };

/**
 * Merges one conflict that this region is appointed to merge, and commits an ordinary resolve in place of exactly the heads of the task
 * (SY8). Run twice, here or elsewhere, it comes to one result: where the heads are others by then nothing is committed, and equal bytes are
 * one head.
 */
export async function runMergeTask(deps: MergeDeps, task: MergeTask, signal: AbortSignal): Promise<MergeEnd> {
  const found = await findConflict(deps, task);
  if (found.type !== 'conflict') return found;
  const rule = mergingRule(task.rule);
  if (rule === null) return { type: 'done' };
  const { entry, path } = found;
  if (rule.strategy === 'keep-both') return commitMerge(deps, task, { entry, resolution: { type: 'keep-both' } });
  try {
    const merged = await mergeHeads(deps, { space: task.space, path, heads: entry.heads, rule, signal });
    if (merged.type === 'not-merged') return merged.isFinal ? { type: 'failed', reason: told(merged) } : { type: 'later' };
    const { content } = merged.content;
    const resolution: Resolution = { type: 'content', content, facts: { modifiedMs: null } };
    return await commitMerge(deps, task, { entry, resolution, contents: [merged.content] });
  } catch (cause) {
    // A holder that cannot be reached, or a full disk, says nothing of the conflict.
    if (signal.aborted || (cause instanceof JzseError && laterCodes.has(cause.code))) return { type: 'later' };
    throw cause;
  }
}

const laterCodes: ReadonlySet<string> = new Set(['content-unavailable', 'storage-full', 'not-ready', 'chunks-missing']);
/** Places that a failure names. */
const placesToldMax = 20;

const told = ({ reason, places }: { readonly reason: string; readonly places: readonly string[] }): string =>
  places.length === 0 ? reason : `${reason}: ${places.slice(0, placesToldMax).join(', ')}`;

type Found =
  | { readonly type: 'conflict'; readonly entry: Entry; readonly path: string }
  | { readonly type: 'done' }
  | { readonly type: 'later' };

async function findConflict({ store }: MergeDeps, { space, entryId, heads }: MergeTask): Promise<Found> {
  // The hub knows of heads that may not have come here yet: then nothing here can be said of them.
  for (const head of heads) if ((await store.version(space, head)) === null) return { type: 'later' };
  const entry = await store.entry(space, entryId);
  if (entry === null || entry.deleted !== null || !sameHeads(entry, heads)) return { type: 'done' };
  const names = await store.pathOf(space, entry.id);
  return names === null ? { type: 'done' } : { type: 'conflict', entry, path: joinPath(names) };
}

function sameHeads(entry: Entry, heads: MergeTask['heads']): boolean {
  const wanted = new Set(heads.map(dotKey));
  return entry.heads.length === wanted.size && entry.heads.every((head) => wanted.has(dotKey(head.dot)));
}

async function commitMerge(
  deps: MergeDeps,
  task: MergeTask,
  made: { readonly entry: Entry; readonly resolution: Resolution; readonly contents?: Parameters<typeof commitVersion>[1]['contents'] },
): Promise<MergeEnd> {
  const { space, heads, rule } = task;
  const decide = decideResolve({
    file: { id: made.entry.id },
    seen: heads.map(dotKey),
    resolution: made.resolution,
    onlyIfSeenAll: true,
  });
  const author = mergeAuthor(deps.region, rule.strategy);
  await commitVersion(deps, { space, author, decide: [decide], contents: made.contents ?? [], isOwn: true });
  return { type: 'done' };
}

/** Nobody in person: people see who merged, and how. */
const mergeAuthor = (region: RegionId, strategy: string) => ({ user: 'jzse', device: `merge:${strategy}`, region });
