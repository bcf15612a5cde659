import type { ApplyPlace, Effect, Entry, Operation, TreeReader } from '@jzse/sync';
import { applyOperation, compareStamps, nameKey, resolveAlias, sameDot } from '@jzse/sync';

/** Faults that can be switched on, to show that the simulation finds them. None of them is in the product. */
export const mutations = [
  /** The highest stamp wins although the other had not been seen. */
  'stamp-decides',
  /** A tombstone is dropped at the hub alone, not in the log. */
  'tombstone-early',
  /** A region restored from a backup goes on with its old replica id. */
  'counter-reused',
  /** The hub's own operations go on with their old counters after it was restored. */
  'hub-counter-reused',
  /** The hub takes pushes of any epoch and any log. */
  'no-fence',
  /** The hub does not compare the dot at a cursor with its own row. */
  'cursor-unchecked',
  /** A region takes the same dot at its cursor for the same log, whatever came before. */
  'beginning-unchecked',
  /** A snapshot does not bring the rows after the safe position. */
  'no-tail',
  /** What the hub lost is not offered again. */
  'no-reoffer',
  /** Ids that the author's view had merged are not looked at. */
  'also-dropped',
  /** A folder delete takes all that is below, seen or not. */
  'observed-ignored',
  /** A delete takes heads that it had not seen. */
  'delete-wins',
  /** A file that stays in a deleted folder keeps the heads that were seen, too. */
  'seen-heads-kept',
  /** Files that the author saw below the deleted folder, and that stand elsewhere because names merged otherwise, stay. */
  'strays-kept',
  /** Where epochs ended does not count when the hub decides who had seen what. */
  'forks-ignored',
  /** Two creates of one name stand beside each other. */
  'creates-apart',
  /** A move into what it holds is done. */
  'cycle-allowed',
  /** The cursor is saved before the rows, and a crash comes in between. */
  'cursor-ahead',
] as const;
export type Mutation = (typeof mutations)[number];

export interface AppliedTo {
  readonly tree: TreeReader;
  readonly place: ApplyPlace;
}

/** `applyOperation`, or a spoilt variant of it. */
export function applyMutated(mutation: Mutation | null, on: AppliedTo, operation: Operation): Effect[] {
  const { tree, place } = on;
  const effects = applyOperation(tree, mutation === null ? operation : spoiltOperation(mutation, on, operation), place);
  if (mutation === 'stamp-decides' && operation.type !== 'restore')
    return effects.map((effect) => spoiltEntry(effect, (entry) => entry.heads.slice(0, 1)));
  if (mutation === 'delete-wins' && operation.type === 'delete') return effects.map((effect) => deletedEntry(effect, operation));
  if (mutation === 'seen-heads-kept' && operation.type === 'delete') return effects.map((effect) => keptHeads(effect, operation));
  if (mutation === 'cycle-allowed' && operation.type === 'move') return allowCycle(effects, tree, operation);
  return effects;
}

function spoiltOperation(mutation: Mutation, { tree, place }: AppliedTo, operation: Operation): Operation {
  if (mutation === 'also-dropped' && 'alsoIds' in operation) return { ...operation, alsoIds: [] };
  if (mutation === 'forks-ignored' && place.position !== null)
    return { ...operation, context: { ...operation.context, position: { ...operation.context.position, epoch: place.position.epoch } } };
  if (mutation === 'observed-ignored' && operation.type === 'delete') return { ...operation, observed: everythingBelow(tree, operation) };
  if (mutation === 'strays-kept' && operation.type === 'delete')
    return { ...operation, observed: operation.observed.filter(({ id }) => isBelow(tree, resolveAlias(tree, id), operation)) };
  if (mutation === 'creates-apart' && operation.type === 'create' && place.position !== null) {
    const parentId = resolveAlias(tree, operation.parentId);
    if (tree.liveChild(parentId, nameKey(operation.name)) !== null)
      return { ...operation, name: `${operation.name} of ${operation.dot.replica.slice(0, 2)}` };
  }
  return operation;
}

function everythingBelow(tree: TreeReader, operation: Operation & { readonly type: 'delete' }): typeof operation.observed {
  const found = [];
  const waiting = [resolveAlias(tree, operation.entryId)];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    found.push({ id, heads: (tree.entry(id)?.heads ?? []).map((head) => head.dot) });
    waiting.push(...tree.liveChildren(id));
  }
  return found;
}

function isBelow(tree: TreeReader, id: Operation['entryId'], operation: Operation): boolean {
  const folderId = resolveAlias(tree, operation.entryId);
  let current: Operation['entryId'] | null = id;
  for (let step = 0; current !== null && step < 1000; step++) {
    if (current === folderId) return true;
    current = tree.entry(current)?.parentId ?? null;
  }
  return false;
}

const spoiltEntry = (effect: Effect, headsOf: (entry: Entry) => Entry['heads']): Effect =>
  effect.type === 'entry' && effect.entry.heads.length > 1
    ? { type: 'entry', entry: { ...effect.entry, heads: headsOf(effect.entry) } }
    : effect;

function deletedEntry(effect: Effect, operation: Operation): Effect {
  if (effect.type !== 'entry' || effect.entry.kind !== 'file' || effect.entry.deleted !== null) return effect;
  if (!effect.entry.trash.some((version) => sameDot(version.trashedBy, operation.dot))) return effect;
  return { type: 'entry', entry: { ...effect.entry, heads: [], deleted: { dot: operation.dot, position: null, implied: false } } };
}

function keptHeads(effect: Effect, operation: Operation): Effect {
  if (effect.type !== 'entry' || effect.entry.kind !== 'file' || effect.entry.deleted !== null) return effect;
  const isSeen = (version: Entry['trash'][number]): boolean => version.implied && sameDot(version.trashedBy, operation.dot);
  const { heads, trash } = effect.entry;
  const back = [...heads, ...trash.filter(isSeen)].sort((left, right) => compareStamps(right.stamp, left.stamp));
  return { type: 'entry', entry: { ...effect.entry, heads: back, trash: trash.filter((version) => !isSeen(version)) } };
}

function allowCycle(effects: Effect[], tree: TreeReader, operation: Operation & { readonly type: 'move' }): Effect[] {
  if (!effects.some((effect) => effect.type === 'note' && effect.note === 'move-cycle')) return effects;
  const entry = tree.entry(resolveAlias(tree, operation.entryId));
  if (entry === null || entry.deleted !== null) return effects;
  return [
    ...effects,
    { type: 'entry', entry: { ...entry, parentId: resolveAlias(tree, operation.parentId), name: `moved ${operation.dot.counter}` } },
  ];
}
