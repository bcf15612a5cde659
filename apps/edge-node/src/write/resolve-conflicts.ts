import { JzseError } from '@jzse/api';
import type { BulkOutcome, ConflictRule } from '@jzse/api/edge';
import type { Author, Entry, EntryId, SpaceId, Version } from '@jzse/sync';
import { dotKey, joinPath, rootId, splitPath } from '@jzse/sync';
import { checkSpace, commitVersion } from './commit-version.ts';
import { decideResolve, type Resolution } from './decide-resolve.ts';
import type { PlannedOperation } from './planned-operation.ts';
import type { WriteDeps } from './write-deps.ts';

export interface BulkRequest {
  readonly space: SpaceId;
  readonly folder: string;
  readonly rule: ConflictRule;
  readonly preview: boolean;
  readonly author: Author;
}

/** Conflicts that one call ends; the caller asks again. */
const resolvedMax = 2_000;
/** Of one commit; between them others have their turn. */
const filesPerCommitMax = 200;
const conflictsPerPage = 200;
/** What was left is told up to here. */
const skippedMax = 1_000;

/**
 * Ends all conflicts at and below a folder by one rule, as one change that can be undone. Versions that come meanwhile were not seen, and
 * stay siblings. What the rule says nothing of is skipped, with the reason. Throws `unknown-path`, `storage-full`.
 */
export async function resolveConflicts(deps: WriteDeps, request: BulkRequest): Promise<BulkOutcome> {
  const { space, rule, preview } = request;
  await checkSpace(deps, space);
  const folder = await folderAt(deps, request);
  const change = { changeId: deps.newUploadId(), what: `conflicts ended: ${ruleTold(rule)}` };
  const done: Done[] = [];
  const skipped: BulkOutcome['skipped'][number][] = [];
  let more = false;
  for (let after: string | null = null, hasMore = true; hasMore; ) {
    const page = await deps.store.listConflicts(space, folder, { after, limit: conflictsPerPage });
    const planned = page.items.map((entry) => ({ entry, chosen: choose(rule, entry) }));
    const left = planned.filter(({ chosen }) => 'why' in chosen);
    for (const { entry, chosen } of left) if ('why' in chosen) skipped.push({ path: await pathOf(deps, space, entry), why: chosen.why });
    const ready = planned.flatMap(({ entry, chosen }) => ('why' in chosen ? [] : [{ entry, ...chosen }]));
    const taken = ready.slice(0, resolvedMax - done.length);
    done.push(...(preview ? await told(deps, space, taken) : await commitAll(deps, { ...request, change, chosen: taken })));
    after = page.next;
    hasMore = after !== null && done.length < resolvedMax;
    more = taken.length < ready.length || (after !== null && !hasMore);
  }
  return { changeId: preview || done.length === 0 ? null : change.changeId, done, skipped: skipped.slice(0, skippedMax), more };
}

type Done = BulkOutcome['done'][number];

/** Null: the whole space. */
async function folderAt(deps: WriteDeps, { space, folder }: BulkRequest): Promise<EntryId | null> {
  const entry = await deps.store.entryAtPath(space, splitPath(folder));
  if (entry === null) throw new JzseError('unknown-path', `nothing is at ${folder}`);
  return entry.id === rootId ? null : entry.id;
}

interface Chosen {
  readonly resolution: Resolution;
  readonly what: string;
}

function choose(rule: ConflictRule, entry: Entry): Chosen | { readonly why: string } {
  const [newest, ...others] = entry.heads;
  if (newest === undefined) return { why: 'it has no version' };
  switch (rule.type) {
    case 'newest':
      return keep(newest);
    case 'oldest':
      return keep(others.at(-1) ?? newest);
    case 'keep-both':
      return { resolution: rule, what: `${others.length} other ${others.length === 1 ? 'version' : 'versions'} put beside it` };
    case 'region': {
      const own = entry.heads.find((head) => head.author.region === rule.region);
      return own === undefined ? { why: `no version of it is from ${rule.region}` } : keep(own);
    }
    case 'person': {
      const own = entry.heads.find((head) => head.author.user === rule.user);
      return own === undefined ? { why: `no version of it is by ${rule.user}` } : keep(own);
    }
  }
}

const keep = ({ dot, author }: Version): Chosen => ({
  resolution: { type: 'version', version: dotKey(dot) },
  what: `the version of ${author.user} in ${author.region} is shown`,
});

const ruleTold = (rule: ConflictRule): string =>
  rule.type === 'region' ? `region ${rule.region}` : rule.type === 'person' ? `person ${rule.user}` : rule.type;

interface ChosenEntry extends Chosen {
  readonly entry: Entry;
}

const told = (deps: WriteDeps, space: SpaceId, chosen: readonly ChosenEntry[]): Promise<Done[]> =>
  Promise.all(
    chosen.map(async ({ entry, what, resolution }) => ({
      path: await pathOf(deps, space, entry),
      what,
      version: resolution.type === 'version' ? resolution.version : null,
    })),
  );

async function pathOf({ store }: WriteDeps, space: SpaceId, entry: Entry): Promise<string> {
  return joinPath((await store.pathOf(space, entry.id)) ?? [entry.name]);
}

interface ToCommit extends BulkRequest {
  readonly change: { readonly changeId: string; readonly what: string };
  readonly chosen: readonly ChosenEntry[];
}

async function commitAll(deps: WriteDeps, { space, author, change, chosen }: ToCommit): Promise<Done[]> {
  const done: Done[] = [];
  for (let at = 0; at < chosen.length; at += filesPerCommitMax) {
    const batch = chosen.slice(at, at + filesPerCommitMax);
    const made: number[] = [];
    const decide = batch.map(({ entry, resolution }, index) => {
      const seen = entry.heads.map((head) => dotKey(head.dot));
      const decided = decideResolve({ file: { id: entry.id }, seen, resolution, onlyIfSeenAll: true });
      return (view: Parameters<typeof decided>[0]) => {
        const decision = decided(view);
        made[index] = countOf(decision.operations);
        return decision;
      };
    });
    const outcomes = await commitVersion(deps, { space, author, decide, contents: [], change });
    for (const [index, { path, version }] of outcomes.entries()) {
      // Nothing was made where somebody was faster.
      if ((made[index] ?? 0) > 0) done.push({ path, what: batch[index]?.what ?? '', version: version === null ? null : dotKey(version) });
    }
  }
  return done;
}

const countOf = (operations: readonly PlannedOperation[]): number => operations.length;
