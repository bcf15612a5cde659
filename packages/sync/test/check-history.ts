import type { Entry, EntryId, Operation } from '../src/index.ts';
import { dotKey, resolveAlias, rootId } from '../src/index.ts';
import type { History } from './history.ts';
import type { SeenByDelete } from './test-author.ts';

/** After everything is exchanged: one tree everywhere, no acknowledged write lost, no delete undone by itself. Throws. */
export function checkHistory(history: History): void {
  const expected = history.hub.tree.shown();
  history.hub.tree.check();
  for (const region of history.regions) {
    const shown = region.shown().shown();
    if (shown !== expected) throw new Error(`region ${region.index} shows another tree than the hub\nhub:\n${expected}\nregion:\n${shown}`);
  }
  // What a restored backup lacked is gone, and the history since then is not one that these checks speak of.
  if (history.regions.some((region) => region.restored)) return;
  if (!history.hub.collected) checkNothingLost(history);
  for (const seen of history.deletes) checkStaysDeleted(history, seen);
}

function checkNothingLost(history: History): void {
  const reachable = new Set<string>();
  const trashedBy = new Map<string, string>();
  for (const entry of history.hub.tree.entries.values()) {
    for (const head of entry.heads) reachable.add(dotKey(head.dot));
    for (const dot of entry.sameDots) reachable.add(dotKey(dot));
    for (const version of entry.trash) trashedBy.set(dotKey(version.dot), dotKey(version.trashedBy));
  }
  const superseded = new Set(history.acknowledged.flatMap((operation) => ('base' in operation ? operation.base.map(dotKey) : [])));
  const seenBy = new Map(history.deletes.map((seen) => [dotKey(seen.operation.dot), seen.heads]));
  for (const operation of history.acknowledged) {
    const key = dotKey(operation.dot);
    if (!('content' in operation) || reachable.has(key) || superseded.has(key)) continue;
    const by = trashedBy.get(key);
    if (by !== undefined && seenBy.get(by)?.has(key) === true) continue;
    throw new Error(`acknowledged write lost: ${key} ${JSON.stringify(operation)}`);
  }
}

function checkStaysDeleted(history: History, seen: SeenByDelete): void {
  const { tree } = history.hub;
  const { operation } = seen;
  for (const id of [operation.entryId, ...operation.alsoIds]) {
    const entry = tree.entry(resolveAlias(tree, id));
    if (entry !== null && entry.kind === 'file' && isAllSeen(entry, seen))
      throw new Error(`deleted file is back: ${entry.id} after ${dotKey(operation.dot)}`);
  }
  const folderId = resolveAlias(tree, operation.entryId);
  if (tree.entry(folderId)?.kind !== 'folder') return;
  const movedBack = movedOutOfTrash(history);
  for (const entry of tree.entries.values()) {
    if (entry.kind !== 'file' || movedBack.has(entry.id) || !isAllSeen(entry, seen)) continue;
    if (stillStandsWhereSeen(history, { entry, folderId }, seen))
      throw new Error(`deleted with its folder, but back: ${entry.id} after ${dotKey(operation.dot)}`);
  }
}

const isAllSeen = (entry: Entry, seen: SeenByDelete): boolean =>
  entry.deleted === null && entry.sameDots.length === 0 && entry.heads.every((head) => seen.heads.has(dotKey(head.dot)));

function stillStandsWhereSeen(history: History, at: { readonly entry: Entry; readonly folderId: EntryId }, seen: SeenByDelete): boolean {
  const { tree } = history.hub;
  for (
    let current: Entry | null = at.entry;
    current !== null && current.id !== rootId;
    current = current.parentId === null ? null : tree.entry(current.parentId)
  ) {
    if (current.id === at.folderId) return true;
    if (current.location !== null && !seen.locations.has(dotKey(current.location.dot))) return false;
  }
  return false;
}

/** A move brings back what went only because its folder went: someone wanted it. */
function movedOutOfTrash(history: History): ReadonlySet<EntryId> {
  const { tree } = history.hub;
  const moves = history.acknowledged.filter((operation: Operation) => operation.type === 'move');
  return new Set(moves.map((operation) => resolveAlias(tree, operation.entryId)));
}
