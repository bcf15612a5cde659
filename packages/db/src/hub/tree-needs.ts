import type { Entry, EntryId, Operation, TreeNeed } from '@jzse/sync';
import { nameKey } from '@jzse/sync';

/** What is known so far of the tree that a batch is applied to; undefined: not known yet. */
export interface KnownTree {
  alias(id: EntryId): EntryId | null | undefined;
  entry(id: EntryId): Entry | null | undefined;
}

/**
 * What applying these operations will most likely read, as far as that can be told by now. It may name too little: then
 * the tree throws `TreeMiss`, more is known, and it is asked again. So a batch costs one load, and one more for each surprise.
 */
export function* needsOf(operations: readonly Operation[], known: KnownTree): Generator<TreeNeed> {
  for (const operation of operations) {
    const id = resolved(known, operation.entryId);
    yield { type: 'entry', id: operation.entryId };
    yield { type: 'entry', id };
    if ('alsoIds' in operation) for (const also of operation.alsoIds) yield { type: 'entry', id: also };
    if ('parentId' in operation) {
      const parentId = resolved(known, operation.parentId);
      yield { type: 'entry', id: parentId };
      yield { type: 'child', parentId, nameKey: nameKey(operation.name) };
    }
    if (operation.type === 'forget') yield* needsOfForget(operation);
    else if (operation.type === 'delete') yield* needsOfDelete(operation, id);
    else yield* needsOfRevival(known.entry(id));
  }
}

function* needsOfDelete(operation: Operation & { readonly type: 'delete' }, id: EntryId): Generator<TreeNeed> {
  yield { type: 'children', parentId: id };
  for (const observed of operation.observed) yield { type: 'entry', id: observed.id };
}

function* needsOfForget(operation: Operation & { readonly type: 'forget' }): Generator<TreeNeed> {
  for (const { id } of operation.entries) {
    yield { type: 'entry', id };
    yield { type: 'any-child', parentId: id };
  }
  for (const { entryId } of operation.versions) yield { type: 'entry', id: entryId };
}

/** It comes back under its name, if that is free. */
function* needsOfRevival(entry: Entry | null | undefined): Generator<TreeNeed> {
  if (entry === null || entry === undefined || entry.deleted === null || entry.parentId === null) return;
  yield { type: 'child', parentId: entry.parentId, nameKey: nameKey(entry.name) };
}

function resolved(known: KnownTree, id: EntryId): EntryId {
  let current = id;
  for (let next = known.alias(current); next !== null && next !== undefined; next = known.alias(current)) current = next;
  return current;
}
