import { JzseError, type MergeStrategy } from '@jzse/api';
import type { ConflictChoice } from '@jzse/api/edge';
import type { ContentWithChunks } from '@jzse/db/region';
import { chooseMergeRule } from '@jzse/merge';
import type { Author, Entry, SpaceId } from '@jzse/sync';
import { dotKey, joinPath, splitPath } from '@jzse/sync';
import type { Outcome } from './commit-version.ts';
import { checkSpace, commitVersion } from './commit-version.ts';
import { decideResolve, type Resolution } from './decide-resolve.ts';
import { type ContentRule, type MergeDeps, mergeHeads, mergingRule } from './merge-heads.ts';
import { readPolicy } from './read-policy.ts';
import { verifyContents } from './verify-contents.ts';

export interface ConflictRequest {
  readonly space: SpaceId;
  readonly path: string;
  readonly seen: readonly string[] | null;
  readonly choice: ConflictChoice;
  readonly author: Author;
}

/** Ends one conflict as a person chose. Throws `no-conflict`, `unknown-version`, `merge-failed` (`detail.places`), `chunks-missing`, `content-unavailable`, `unknown-path`. */
export async function resolveConflict(deps: MergeDeps, request: ConflictRequest): Promise<Outcome> {
  const { space, author } = request;
  await checkSpace(deps, space);
  const made = await resolutionOf(deps, request);
  const decide = decideResolve({ file: { names: splitPath(request.path) }, seen: made.seen, resolution: made.resolution });
  const [outcome] = await commitVersion(deps, { space, author, decide: [decide], contents: made.contents });
  return outcome as Outcome;
}

interface Made {
  readonly seen: readonly string[] | null;
  readonly resolution: Resolution;
  readonly contents: readonly ContentWithChunks[];
}

async function resolutionOf(deps: MergeDeps, request: ConflictRequest): Promise<Made> {
  const { choice, seen } = request;
  switch (choice.type) {
    case 'version':
    case 'keep-both':
      return { seen, resolution: choice, contents: [] };
    case 'content': {
      const verified = await verifyContents(deps, [choice]);
      const { content } = verified.get(choice.content.hash) ?? choice;
      const facts = choice.mediaType === null ? {} : { mediaType: choice.mediaType };
      return { seen, resolution: { type: 'content', content, facts: { ...facts, modifiedMs: null } }, contents: [...verified.values()] };
    }
    case 'merge':
      return merge(deps, request, choice.strategy);
  }
}

/** What came while it was merged was not seen, and stays a sibling. */
async function merge(deps: MergeDeps, request: ConflictRequest, strategy: Exclude<MergeStrategy, 'lww'> | null): Promise<Made> {
  const { space, path, seen } = request;
  const entry = await conflictedAt(deps, space, path);
  const rule = chosenRule((await readPolicy(deps.store, space)).merge, { path, strategy });
  const heads = entry.heads.filter((head) => seen === null || seen.includes(dotKey(head.dot)));
  const merged = heads.map((head) => dotKey(head.dot));
  if (rule.strategy === 'keep-both') return { seen: merged, resolution: { type: 'keep-both' }, contents: [] };
  const outcome = await mergeHeads(deps, { space, path, heads, rule, signal: new AbortController().signal });
  if (outcome.type === 'not-merged') {
    const where = outcome.places.length === 0 ? '' : `: ${outcome.places.slice(0, placesToldMax).join(', ')}`;
    throw new JzseError('merge-failed', `${path} was left as it is: ${outcome.reason}${where}`, {
      detail: { reason: outcome.reason, places: outcome.places },
    });
  }
  const { content } = outcome.content;
  return { seen: merged, resolution: { type: 'content', content, facts: { modifiedMs: null } }, contents: [outcome.content] };
}

/** Places in a message; all of them are in its detail. */
const placesToldMax = 5;

async function conflictedAt(deps: MergeDeps, space: SpaceId, path: string): Promise<Entry> {
  const names = splitPath(path);
  const entry = await deps.store.entryAtPath(space, names);
  if (entry === null) throw new JzseError('unknown-path', `nothing is at ${joinPath(names)}`);
  if (entry.heads.length < 2) throw new JzseError('no-conflict', `${joinPath(names)} has one version; there is nothing to resolve`);
  return entry;
}

function chosenRule(
  rules: Parameters<typeof chooseMergeRule>[0],
  asked: { readonly path: string; readonly strategy: Exclude<MergeStrategy, 'lww'> | null },
): ContentRule | { readonly strategy: 'keep-both' } {
  const { path, strategy } = asked;
  if (strategy !== null && strategy !== 'plugin') return { strategy };
  const named = mergingRule(chooseMergeRule(rules, path));
  if (named !== null && (strategy === null || named.strategy === strategy)) return named;
  const wanted = strategy === null ? 'no strategy that merges' : 'no plug-in';
  throw new JzseError('merge-failed', `the policy of the space names ${wanted} for ${path}; name text, json or lines`, {
    detail: { reason: 'no strategy', places: [] },
  });
}
