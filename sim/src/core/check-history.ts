import type { Entry, Operation } from '@jzse/sync';
import { dotKey, resolveAlias, rootId } from '@jzse/sync';
import type { SeenByDelete } from './draw-operation.ts';
import type { History } from './run-history.ts';
import { digestOf, sumsFromScratch } from './tree-sums.ts';

/** After everything is exchanged: one state everywhere, no acknowledged write lost, no delete undone by itself. Throws. */
export function checkHistory(history: History): void {
  history.hub.tree.checkAll();
  checkAgreement(history);
  // What a restored backup lacked is gone, and the history since then is not one that these checks speak of.
  if (history.regions.some((region) => region.restored)) return;
  checkNothingLost(history);
  for (const seen of history.deletes) checkStaysDeleted(history, seen);
}

function checkAgreement({ hub, regions }: History): void {
  const expected = hub.tree.shown();
  const scratch = sumsFromScratch(hub.tree);
  const digest = digestOf(scratch);
  if (hub.tree.sums !== null && digestOf(hub.tree.sums) !== digest) throw new Error('the sums kept from change to change are wrong');
  for (const region of regions) {
    const shown = region.shown().shown();
    if (shown !== expected) throw new Error(`region ${region.index} shows another tree than the hub\nhub:\n${expected}\nregion:\n${shown}`);
    if (digestOf(sumsFromScratch(region.disk.confirmed)) !== digest)
      throw new Error(`region ${region.index} has another digest than the hub`);
  }
}

/** Every acknowledged content is a head, the same bytes as one, superseded or deleted by someone who saw it, or forgotten; and till then in the history. */
function checkNothingLost({ hub, acknowledged, deletes, forgotten }: History): void {
  const reachable = new Set<string>();
  const trashedBy = new Map<string, string>();
  for (const entry of hub.tree.entries.values()) {
    for (const head of entry.heads) reachable.add(dotKey(head.dot));
    for (const dot of entry.sameDots) reachable.add(dotKey(dot));
    for (const version of entry.trash) trashedBy.set(dotKey(version.dot), dotKey(version.trashedBy));
  }
  const superseded = new Set(acknowledged.flatMap((operation) => ('base' in operation ? operation.base.map(dotKey) : [])));
  const seenBy = new Map(deletes.map((seen) => [dotKey(seen.operation.dot), seen.heads]));
  for (const operation of acknowledged) {
    const key = dotKey(operation.dot);
    if (!hasContent(operation) || forgotten.has(key)) continue;
    if (!hub.tree.versions.has(key)) throw new Error(`acknowledged version is not in the history: ${key}`);
    if (reachable.has(key) || superseded.has(key)) continue;
    const by = trashedBy.get(key);
    if (by === undefined || seenBy.get(by)?.has(key) !== true) throw new Error(`acknowledged write lost: ${key}`);
  }
}

const hasContent = (operation: Operation): boolean => 'content' in operation && operation.content !== null;

function checkStaysDeleted(history: History, seen: SeenByDelete): void {
  const { tree } = history.hub;
  const { operation } = seen;
  for (const id of [operation.entryId, ...operation.alsoIds]) {
    const entry = tree.entry(resolveAlias(tree, id));
    if (entry !== null && entry.kind === 'file' && isAllSeen(entry, seen))
      throw new Error(`deleted file is back: ${entry.id} after ${dotKey(operation.dot)}`);
  }
  const folder = tree.entry(resolveAlias(tree, operation.entryId));
  if (folder === null || folder.kind !== 'folder') return;
  for (const { id } of operation.observed) {
    const entry = tree.entry(resolveAlias(tree, id));
    if (entry === null || entry.kind !== 'file' || history.moved.has(entry.id) || !isAllSeen(entry, seen)) continue;
    // What is offered again after a fail-over counts as unseen: then the file is kept, to be safe.
    if (history.failOvers === 0 && isPlaceKnown(history, entry, operation))
      throw new Error(`deleted with its folder, but back: ${entry.id} after ${dotKey(operation.dot)}`);
  }
  for (const entry of tree.entries.values()) {
    if (entry.kind !== 'file' || entry.deleted !== null || history.moved.has(entry.id) || !isAllSeen(entry, seen)) continue;
    if (stillStandsWhereSeen(history, { entry, folderId: folder.id }, seen))
      throw new Error(`deleted with its folder, but back: ${entry.id} after ${dotKey(operation.dot)}`);
  }
}

/** Nobody whom the author of the delete had not seen moved the file or a folder above it. */
function isPlaceKnown({ hub, watch }: History, entry: Entry, operation: Operation): boolean {
  for (let current: Entry | null = entry; current !== null; current = current.parentId === null ? null : hub.tree.entry(current.parentId))
    if (current.location !== null && !watch.hadSeen(operation, current.location)) return false;
  return true;
}

const isAllSeen = (entry: Entry, seen: SeenByDelete): boolean =>
  entry.deleted === null && entry.sameDots.length === 0 && entry.heads.every((head) => seen.heads.has(dotKey(head.dot)));

function stillStandsWhereSeen(
  { hub }: History,
  at: { readonly entry: Entry; readonly folderId: Entry['id'] },
  seen: SeenByDelete,
): boolean {
  let current: Entry | null = at.entry;
  while (current !== null && current.id !== rootId) {
    if (current.id === at.folderId) return true;
    if (current.location !== null && !seen.locations.has(dotKey(current.location.dot))) return false;
    current = current.parentId === null ? null : hub.tree.entry(current.parentId);
  }
  return false;
}
