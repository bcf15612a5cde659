import type { Entry, EntryId, TreeNeed, TreeReader } from '@jzse/sync';
import { nameKey, rootEntry, rootId, TreeMiss } from '@jzse/sync';
import type { JsonTexts } from './json-texts.ts';
import { createJsonTexts } from './json-texts.ts';

/**
 * The part of a space's tree that was loaded, what is known to be absent included. Reading what was not loaded
 * throws `TreeMiss`. What is added a second time stays as it was: if the log moved on between, nothing of this is written.
 */
export interface LoadedTree extends TreeReader {
  readonly texts: JsonTexts;
  /** What a reader would get, or undefined where it would throw. */
  peekEntry(id: EntryId): Entry | null | undefined;
  peekAlias(id: EntryId): EntryId | null | undefined;
  /** Throws `TreeMiss` for an entry that was not loaded. Not for the root, whose sum is the space's. */
  childSum(id: EntryId): bigint;
  /** Whether a reader would throw for lack of this. */
  lacks(need: TreeNeed): boolean;
  /** Sequence of the row that put a loaded entry there; 0: not known any more, or there is none. */
  madeAt(id: EntryId): number;
  addEntry(id: EntryId, loaded: LoadedEntry | null): void;
  addAlias(id: EntryId, to: EntryId | null): void;
  addChild(parentId: EntryId, key: string, id: EntryId | null): void;
  /** All live children of a folder, whose entries are added too. */
  addChildren(parentId: EntryId, ids: readonly EntryId[]): void;
  /** Whether the folder holds anything, tombstones included. */
  addHasChild(parentId: EntryId, hasChild: boolean): void;
}

/** What is kept of an entry beside its state. */
export interface LoadedEntry {
  readonly entry: Entry;
  /** Of the terms of its children (SY13). */
  readonly childSum: bigint;
  readonly madeAt: number;
}

export function createLoadedTree(texts: JsonTexts = createJsonTexts()): LoadedTree {
  const entries = new Map<EntryId, Entry | null>([[rootId, rootEntry]]);
  const kept = new Map<EntryId, LoadedEntry>();
  const aliases = new Map<EntryId, EntryId | null>([[rootId, null]]);
  const namesakes = new Map<EntryId, Map<string, EntryId | null>>();
  const children = new Map<EntryId, readonly EntryId[]>();
  const anyChild = new Map<EntryId, boolean>();

  const entry = (id: EntryId): Entry | null => found(entries.get(id), { type: 'entry', id });
  const peekChild = (parentId: EntryId, key: string): EntryId | null | undefined => {
    const known = namesakes.get(parentId)?.get(key);
    return known === undefined && children.has(parentId) ? null : known;
  };
  const addChild = (parentId: EntryId, key: string, id: EntryId | null): void => {
    const named = namesakes.get(parentId);
    if (named === undefined) namesakes.set(parentId, new Map([[key, id]]));
    else if (!named.has(key)) named.set(key, id);
  };

  return {
    texts,
    peekEntry: (id) => entries.get(id),
    peekAlias: (id) => aliases.get(id),
    childSum: (id) => (entries.get(id) === null ? 0n : found(kept.get(id), { type: 'entry', id }).childSum),
    madeAt: (id) => kept.get(id)?.madeAt ?? 0,
    lacks: (need) => {
      if (need.type === 'entry') return !entries.has(need.id);
      if (need.type === 'aliases') return !aliases.has(need.id);
      if (need.type === 'children') return !children.has(need.parentId);
      if (need.type === 'any-child') return !anyChild.has(need.parentId);
      return peekChild(need.parentId, need.nameKey) === undefined;
    },
    addEntry: (id, loaded) => {
      if (entries.has(id)) return;
      entries.set(id, loaded?.entry ?? null);
      if (loaded !== null) kept.set(id, loaded);
    },
    addAlias: (id, to) => {
      if (!aliases.has(id)) aliases.set(id, to);
    },
    addChild,
    addChildren: (parentId, ids) => {
      children.set(parentId, ids);
      for (const id of ids) addChild(parentId, nameKey(entries.get(id)?.name ?? ''), id);
    },
    addHasChild: (parentId, hasChild) => void anyChild.set(parentId, hasChild),
    entry,
    aliasOf: (id) => found(aliases.get(id), { type: 'aliases', id }),
    liveChild: (parentId, key) => {
      const id = found(peekChild(parentId, key), { type: 'child', parentId, nameKey: key });
      return id === null ? null : entry(id);
    },
    liveChildren: (parentId) => found(children.get(parentId), { type: 'children', parentId }),
    hasChild: (parentId) => found(anyChild.get(parentId), { type: 'any-child', parentId }),
    aliasesTo: () => {
      throw new Error('only the author of an operation asks which ids were merged into one');
    },
  };
}

function found<T>(value: T | undefined, need: TreeNeed): T {
  if (value === undefined) throw new TreeMiss([need]);
  return value;
}
