import type { Dot, Entry, EntryId, ReturnStep, TreeReader } from '@jzse/sync';
import { dotKey, mergedInto, observedBelow, rootId } from '@jzse/sync';
import type { Decide, Decision, PlannedOperation, SpaceView } from './planned-operation.ts';

/** What stood at and below an entry when its return was planned: ids with the dot keys of their heads. */
export type SeenBelow = ReadonlyMap<EntryId, ReadonlySet<string>>;

export const seenBelow = (tree: TreeReader, id: EntryId): SeenBelow =>
  new Map(observedBelow(tree, id).map((entry) => [entry.id, new Set(entry.heads.map(dotKey))]));

/**
 * The ordinary operation of one step of a return; none if the entry is not there any more. `seen` of a delete: what came since the plan
 * was not seen, and stays (SY4).
 */
export const decideReturn =
  (step: ReturnStep, seen: SeenBelow | null): Decide =>
  (view) => {
    const entry = view.tree.entry(step.entryId);
    const names = namesAfter(view.tree, step);
    const decision = { entryId: step.entryId, names, created: false };
    if (entry === null) return { ...decision, operations: [], version: null };
    const operations = [operationOf(view, { step, entry, seen })];
    return { ...decision, operations, version: null } satisfies Decision;
  };

function operationOf(
  view: SpaceView,
  planned: { readonly step: ReturnStep; readonly entry: Entry; readonly seen: SeenBelow | null },
): PlannedOperation {
  const { step, entry, seen } = planned;
  switch (step.type) {
    case 'move':
      return { type: 'move', entryId: entry.id, parentId: step.parentId, name: step.name };
    case 'restore':
      return {
        type: 'restore',
        entryId: entry.id,
        name: step.name,
        content: step.version?.content ?? null,
        facts: step.version?.facts ?? { mediaType: null, modifiedMs: null },
      };
    case 'write': {
      const { content, facts } = step.version;
      const alsoIds = mergedInto(view.tree, entry.id, view.isConfirmedAlias);
      return { type: 'write', entryId: entry.id, base: step.base, alsoIds, name: step.name, content, facts };
    }
    case 'delete':
      return deleteOf(view, entry, seen);
  }
}

function deleteOf(view: SpaceView, entry: Entry, seen: SeenBelow | null): PlannedOperation {
  const isSeen = (id: EntryId, dot: Dot): boolean => seen === null || seen.get(id)?.has(dotKey(dot)) === true;
  const below = observedBelow(view.tree, entry.id)
    .filter(({ id }) => seen === null || seen.has(id))
    .map(({ id, heads }) => ({ id, heads: heads.filter((dot) => isSeen(id, dot)) }));
  const mergedBelow = below.filter(({ id }) => id !== entry.id).flatMap(({ id }) => mergedInto(view.tree, id, view.isConfirmedAlias));
  return {
    type: 'delete',
    entryId: entry.id,
    base: entry.heads.map((head) => head.dot).filter((dot) => isSeen(entry.id, dot)),
    alsoIds: mergedInto(view.tree, entry.id, view.isConfirmedAlias),
    observed: [...below, ...mergedBelow.map((id) => ({ id, heads: [] }))],
  };
}

/** Where the entry stands once the step is done. */
export function namesAfter(tree: TreeReader, step: ReturnStep): readonly string[] {
  if (step.type === 'move') return [...namesOf(tree, step.parentId), step.name];
  const names = namesOf(tree, step.entryId);
  return step.type === 'delete' ? names : [...names.slice(0, -1), step.name];
}

/** Names from the top, whether the entry lives or not; a name that is not known any more is told by its id. */
export function namesOf(tree: TreeReader, id: EntryId): readonly string[] {
  const names: string[] = [];
  for (let current: EntryId | null = id; current !== null && current !== rootId; ) {
    const entry: Entry | null = tree.entry(current);
    names.unshift(entry?.name ?? current);
    current = entry?.parentId ?? null;
  }
  return names;
}
