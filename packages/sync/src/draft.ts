import type { Dot } from './causality.ts';
import type { Effect, Entry, NoteKind, Version } from './entry.ts';
import type { EntryId } from './identifiers.ts';
import { rootId } from './identifiers.ts';
import { conflictName, nameKey } from './names.ts';
import type { Operation } from './operation.ts';
import type { ApplyPlace, TreeReader } from './tree.ts';
import { TreeOverlay } from './tree-overlay.ts';
import { utcDate } from './utc-date.ts';

/** Steps after which a chain of parents or aliases must be a bug in the tree. */
const chainStepsMax = 100_000;

/** The tree while one operation is being applied, and what it changed so far. */
export interface Draft {
  readonly tree: TreeOverlay;
  readonly operation: Operation;
  readonly place: ApplyPlace;
  readonly changed: Set<EntryId>;
  readonly aliases: Map<EntryId, EntryId>;
  readonly versions: { readonly entryId: EntryId; readonly version: Version }[];
  readonly forgottenEntries: Set<EntryId>;
  readonly forgottenVersions: Dot[];
  readonly notes: { readonly note: NoteKind; readonly entryId: EntryId }[];
}

export const openDraft = (tree: TreeReader, operation: Operation, place: ApplyPlace): Draft => ({
  tree: new TreeOverlay(tree),
  operation,
  place,
  changed: new Set(),
  aliases: new Map(),
  versions: [],
  forgottenEntries: new Set(),
  forgottenVersions: [],
  notes: [],
});

export function put(draft: Draft, entry: Entry): Entry {
  draft.tree.put(entry);
  draft.changed.add(entry.id);
  return entry;
}

export function setAlias(draft: Draft, from: EntryId, to: EntryId): void {
  draft.tree.setAlias(from, to);
  draft.aliases.set(from, to);
}

export function forgetEntry(draft: Draft, id: EntryId): void {
  draft.tree.forget(id);
  draft.forgottenEntries.add(id);
}

export function forgetVersion(draft: Draft, dot: Dot): void {
  draft.forgottenVersions.push(dot);
}

export function note(draft: Draft, kind: NoteKind, entryId: EntryId): void {
  draft.notes.push({ note: kind, entryId });
}

/** Emits the entry although it stays as it was: whoever showed the refused operation on top goes back to this state. */
export function touch(draft: Draft, id: EntryId): void {
  draft.changed.add(id);
}

export function draftToEffects(draft: Draft): Effect[] {
  const effects: Effect[] = [];
  for (const [from, to] of draft.aliases) effects.push({ type: 'alias', from, to });
  for (const entryId of draft.forgottenEntries) effects.push({ type: 'forget-entry', entryId });
  for (const id of draft.changed) {
    const entry = draft.tree.entry(id);
    if (entry !== null) effects.push({ type: 'entry', entry });
  }
  for (const { entryId, version } of draft.versions) effects.push({ type: 'version', entryId, version });
  for (const dot of draft.forgottenVersions) effects.push({ type: 'forget-version', dot });
  for (const { note: kind, entryId } of draft.notes) effects.push({ type: 'note', note: kind, entryId });
  return effects;
}

/** Follows aliases to the id that stands for `id` now. */
export function resolveAlias(tree: TreeReader, id: EntryId): EntryId {
  let current = id;
  for (let step = 0; step < chainStepsMax; step++) {
    const next = tree.aliasOf(current);
    if (next === null) return current;
    current = next;
  }
  throw new Error(`alias loop at ${id}`);
}

/** True when `ancestor` is `id` or above it. */
export function isAtOrAbove(tree: TreeReader, ancestor: EntryId, id: EntryId): boolean {
  let current: EntryId | null = id;
  for (let step = 0; step < chainStepsMax; step++) {
    if (current === null) return false;
    if (current === ancestor) return true;
    current = tree.entry(current)?.parentId ?? null;
  }
  throw new Error(`cycle of parents at ${id}`);
}

/** The name itself, or the first free conflict name (SY5); `self` does not count as taken. */
export function freeName(
  draft: Draft,
  wanted: { readonly parentId: EntryId; readonly name: string; readonly self: EntryId | null },
): string {
  const taken = (name: string): boolean => {
    const holder = draft.tree.liveChild(wanted.parentId, nameKey(name));
    return holder !== null && holder.id !== wanted.self;
  };
  if (!taken(wanted.name)) return wanted.name;
  const { dot, stamp } = draft.operation;
  const region = dot.replica.split(':')[0] ?? dot.replica;
  for (let attempt = 1; ; attempt++) {
    const name = conflictName(wanted.name, { region, date: utcDate(stamp.wallMs), attempt });
    if (!taken(name)) {
      note(draft, 'name-clash', wanted.self ?? wanted.parentId);
      return name;
    }
  }
}

/** Brings back an entry and the folders above it, under free names. */
export function revive(draft: Draft, id: EntryId): void {
  for (const current of chainFromRoot(draft.tree, id)) {
    const entry = draft.tree.entry(current);
    if (entry === null || entry.deleted === null || entry.parentId === null) continue;
    note(draft, 'revived', current);
    const name = freeName(draft, { parentId: entry.parentId, name: entry.name, self: current });
    put(draft, { ...entry, name, deleted: null });
  }
}

function chainFromRoot(tree: TreeReader, id: EntryId): EntryId[] {
  const chain: EntryId[] = [];
  let current: EntryId | null = id;
  while (current !== null) {
    if (chain.push(current) > chainStepsMax) throw new Error(`cycle of parents at ${id}`);
    current = tree.entry(current)?.parentId ?? null;
  }
  return chain.reverse();
}

/** The folder that an operation names as parent, alive: revived if deleted, a stand-in at the top if forgotten (SY11). */
export function livingParent(draft: Draft, parentId: EntryId): EntryId {
  const id = resolveAlias(draft.tree, parentId);
  const entry = draft.tree.entry(id) ?? standIn(draft, id);
  const folder = entry.kind === 'folder' ? entry.id : (entry.parentId ?? rootId);
  revive(draft, folder);
  return folder;
}

export const recoveredId = 'recovered' as EntryId;

function standIn(draft: Draft, id: EntryId): Entry {
  const { dot, stamp } = draft.operation;
  const attribution = { dot, stamp, position: draft.place.position };
  const wanted = id === recoveredId ? 'Recovered' : `Recovered ${id}`;
  return put(draft, {
    id,
    kind: 'folder',
    parentId: rootId,
    name: freeName(draft, { parentId: rootId, name: wanted, self: null }),
    location: attribution,
    created: attribution,
    heads: [],
    trash: [],
    sameDots: [],
    deleted: null,
    recovered: true,
  });
}
