import { resolveAlias } from './draft.ts';
import type { EntryId } from './identifiers.ts';
import type { ObservedEntry } from './operation.ts';
import type { TreeReader } from './tree.ts';

/** What the author of a delete sees at and below an entry, live, with its heads (SY4). */
export function observedBelow(tree: TreeReader, id: EntryId): ObservedEntry[] {
  const observed: ObservedEntry[] = [];
  const waiting: EntryId[] = [id];
  for (let at = 0; at < waiting.length; at++) {
    const current = waiting[at];
    const entry = current === undefined ? null : tree.entry(current);
    if (entry === null) continue;
    observed.push({ id: entry.id, heads: entry.heads.map((head) => head.dot) });
    if (entry.kind === 'folder') waiting.push(...tree.liveChildren(entry.id));
  }
  return observed;
}

/**
 * Ids that the author's own view, and not the hub's word, has merged into an entry (SY5): a write or delete
 * names them, since the hub may merge otherwise. `isConfirmed` says whether the hub has decided an alias.
 */
export function mergedInto(tree: TreeReader, id: EntryId, isConfirmed: (alias: EntryId) => boolean): EntryId[] {
  const merged: EntryId[] = [];
  const waiting: EntryId[] = [resolveAlias(tree, id)];
  for (let at = 0; at < waiting.length; at++) {
    const current = waiting[at];
    if (current === undefined) continue;
    for (const alias of tree.aliasesTo(current)) {
      waiting.push(alias);
      if (!isConfirmed(alias)) merged.push(alias);
    }
  }
  return merged;
}
