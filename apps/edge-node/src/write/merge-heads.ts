import { JzseError, type MergeRule } from '@jzse/api';
import type { ContentWithChunks } from '@jzse/db/region';
import { runMerge, type TextStrategy } from '@jzse/merge';
import type { SpaceId, Version } from '@jzse/sync';
import { compareStamps, dotKey } from '@jzse/sync';
import { storeBytes } from './store-bytes.ts';
import type { WriteDeps } from './write-deps.ts';

/** The text of a version; null: it is none, or too long. Brings what is not here. Throws `content-unavailable`. */
export type ReadText = (space: SpaceId, version: Version, signal: AbortSignal) => Promise<string | null>;

export interface MergeDeps extends WriteDeps {
  readonly readText: ReadText;
}
/** Rules that make one content of several. */
export type ContentRule = { readonly strategy: TextStrategy } | { readonly strategy: 'plugin'; readonly source: string };

/** What a rule of a policy asks for; null: nothing, the conflict is a person's to end. */
export function mergingRule(rule: MergeRule | null): ContentRule | { readonly strategy: 'keep-both' } | null {
  if (rule === null || rule.strategy === 'lww') return null;
  return rule.strategy === 'plugin' ? { strategy: 'plugin', source: rule.source } : { strategy: rule.strategy };
}

export interface HeadsToMerge {
  readonly space: SpaceId;
  readonly path: string;
  readonly heads: readonly Version[];
  readonly rule: ContentRule;
  readonly signal: AbortSignal;
}

/** `isFinal` false: it may work another time. */
export type MergedHeads =
  | { readonly type: 'merged'; readonly content: ContentWithChunks }
  | { readonly type: 'not-merged'; readonly reason: string; readonly places: readonly string[]; readonly isFinal: boolean };

/** One content made of several heads; its chunks are here. The same heads give the same bytes wherever it is done. Throws `content-unavailable`, `storage-full`. */
export async function mergeHeads(deps: MergeDeps, work: HeadsToMerge): Promise<MergedHeads> {
  const { space, rule, path, signal } = work;
  const heads = inOneOrder(work.heads);
  const base = await deps.store.commonAncestor(
    space,
    heads.map((head) => head.dot),
  );
  const texts: string[] = [];
  for (const head of heads) {
    const text = await deps.readText(space, head, signal);
    if (text === null) return notMerged(`the version of ${head.author.user} in ${head.author.region} is no text, or too long to merge`);
    texts.push(text);
  }
  const baseText = base === null ? null : await readBase(deps, { space, base, signal });
  const versions = heads.map(({ author }, at) => ({ text: texts[at] ?? '', region: author.region, user: author.user }));
  const outcome = await runMerge({ path, base: baseText, versions, how: rule }, signal);
  if (outcome.type === 'merged') return { type: 'merged', content: await storeBytes(deps, Buffer.from(outcome.text)) };
  if (outcome.type === 'conflict') return { ...notMerged(outcome.reason), places: outcome.places };
  return { ...notMerged(outcome.reason), isFinal: outcome.why !== 'thread' };
}

/** By stamp, oldest first; the hub has decided the stamps, so it is one order everywhere. */
const inOneOrder = (heads: readonly Version[]): Version[] =>
  [...heads].sort((left, right) => compareStamps(left.stamp, right.stamp) || (dotKey(left.dot) < dotKey(right.dot) ? -1 : 1));

const notMerged = (reason: string): Extract<MergedHeads, { readonly type: 'not-merged' }> => ({
  type: 'not-merged',
  reason,
  places: [],
  isFinal: true,
});

/** A base whose bytes nobody keeps any more is none: the strategies know how to do without. */
async function readBase(
  deps: MergeDeps,
  { space, base, signal }: { readonly space: SpaceId; readonly base: Version; readonly signal: AbortSignal },
): Promise<string | null> {
  try {
    return await deps.readText(space, base, signal);
  } catch (cause) {
    if (cause instanceof JzseError && cause.code === 'content-unavailable') return null;
    throw cause;
  }
}
