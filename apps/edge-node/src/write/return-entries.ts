import type { BulkOutcome } from '@jzse/api/edge';
import type { DecideCommit } from '@jzse/db/region';
import type { Author, Entry, EntryId, FormerState, NotReturned, ReturnPlan, ReturnStep, SpaceId, TreeReader } from '@jzse/sync';
import { dotKey, joinPath, planReturn } from '@jzse/sync';
import type { Outcome } from './commit-version.ts';
import { checkSpace, commitVersion } from './commit-version.ts';
import { decideReturn, namesAfter, namesOf, type SeenBelow, seenBelow } from './decide-return.ts';
import type { WriteDeps } from './write-deps.ts';
import { writing } from './write-errors.ts';

/** Operations of one commit; between them others have their turn. */
const stepsPerCommitMax = 500;

export interface ReturnWish {
  readonly space: SpaceId;
  readonly author: Author;
  /** The name under which all of it can be undone; null: not as one change. */
  readonly change: { readonly changeId: string; readonly what: string } | null;
  /** Only says what would be done. */
  readonly preview?: boolean;
}

/**
 * Brings entries back to former states by ordinary operations: nothing that is not seen when this is called is superseded.
 * Batches are committed one after the other; where one fails, those before it stand, and what is done can be asked for again.
 * Throws what the commit throws.
 */
export const returnEntries = (deps: WriteDeps, wish: ReturnWish & { readonly former: readonly FormerState[] }): Promise<BulkOutcome> =>
  commitReturn(deps, wish, (tree) => planReturn(tree, wish.former));

/** The same for any plan that is made of the tree as it is shown. */
export async function commitReturn(deps: WriteDeps, wish: ReturnWish, plan: (tree: TreeReader) => ReturnPlan): Promise<BulkOutcome> {
  await checkSpace(deps, wish.space);
  const planned = await planNow(deps, wish.space, plan);
  const { skipped } = planned;
  if (wish.preview === true) return { changeId: null, done: planned.steps.map(({ told }) => told), skipped, more: false };
  const done: BulkOutcome['done'][number][] = [];
  for (let at = 0; at < planned.steps.length; at += stepsPerCommitMax) {
    const steps = planned.steps.slice(at, at + stepsPerCommitMax);
    const decide = steps.map(({ step, seen }) => decideReturn(step, seen));
    const change = wish.change === null ? {} : { change: wish.change };
    const outcomes = await commitVersion(deps, { space: wish.space, author: wish.author, decide, contents: [], ...change });
    done.push(...outcomes.map((outcome, index) => ({ ...toldOf(outcome), what: steps[index]?.told.what ?? '' })));
  }
  return { changeId: done.length === 0 ? null : (wish.change?.changeId ?? null), done, skipped, more: false };
}

const toldOf = ({ path, version }: Outcome): Omit<BulkOutcome['done'][number], 'what'> => ({
  path,
  version: version === null ? null : dotKey(version),
});

interface PlannedStep {
  readonly step: ReturnStep;
  readonly seen: SeenBelow | null;
  readonly told: BulkOutcome['done'][number];
}
interface Planned {
  readonly steps: readonly PlannedStep[];
  readonly skipped: BulkOutcome['skipped'];
}

/** Plans in a commit that commits nothing: so all of it is seen at one moment. */
async function planNow(deps: WriteDeps, space: SpaceId, plan: (tree: TreeReader) => ReturnPlan): Promise<Planned> {
  let planned: Planned = { steps: [], skipped: [] };
  const decide: DecideCommit = ({ tree }) => {
    const { steps, skipped } = plan(tree);
    planned = { steps: steps.map((step) => plannedStep(tree, step)), skipped: toldSkipped(tree, skipped) };
    return [];
  };
  await writing(() => deps.store.commit({ space, contents: [], decide }));
  return planned;
}

function plannedStep(tree: TreeReader, step: ReturnStep): PlannedStep {
  const told = { path: joinPath(namesAfter(tree, step)), what: whatOf(step, tree.entry(step.entryId)), version: null };
  return { step, told, seen: step.type === 'delete' ? seenBelow(tree, step.entryId) : null };
}

/** What is so already is no news. */
const toldSkipped = (tree: TreeReader, skipped: readonly NotReturned[]): BulkOutcome['skipped'] =>
  skipped.flatMap(({ id, why }) => (why === 'nothing-to-do' ? [] : [{ path: pathOf(tree, id), why: whyNot[why] }]));

const pathOf = (tree: TreeReader, id: EntryId): string => joinPath(namesOf(tree, id));

const whyNot = {
  forgotten: 'it is no longer kept',
  'changed-since': 'it was changed since',
} as const;

function whatOf(step: ReturnStep, entry: Entry | null): string {
  switch (step.type) {
    case 'move':
      return 'put back in its place';
    case 'restore':
      return entry?.deleted === null ? 'version brought back beside the shown one' : 'brought back';
    case 'write':
      return 'former content shown again';
    case 'delete':
      return 'deleted';
  }
}
