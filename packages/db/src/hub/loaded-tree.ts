import type { Entry, EntryId, TreeNeed, TreeReader } from '@jzse/sync';
import { nameKey, rootEntry, rootId, TreeMiss } from '@jzse/sync';
import type { JsonTexts } from './json-texts.ts';
import { createJsonTexts } from './json-texts.ts';

/**
 * The part of a space's tree that was loaded, what is known to be absent included. Reading what was not loaded
 * throws `TreeMiss`.
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
  /** `childSum`: of the terms of its children (SY13). */
  addEntry(id: EntryId, entry: Entry | null, childSum: bigint): void;
  addAlias(id: EntryId, to: EntryId | null): void;
  addChild(parentId: EntryId, key: string, id: EntryId | null): void;
  /** All live children of a folder, whose entries are added too. */
  addChildren(parentId: EntryId, ids: readonly EntryId[]): void;
  /** Whether the folder holds anything, tombstones included. */
  addHasChild(parentId: EntryId, hasChild: boolean): void;
}

export function createLoadedTree(): LoadedTree {
  const entries = new Map<EntryId, Entry | null>([[rootId, rootEntry]]);
  const childSums = new Map<EntryId, bigint>();
  const aliases = new Map<EntryId, EntryId | null>([[rootId, null]]);
  const child = new Map<string, EntryId | null>();
  const children = new Map<EntryId, readonly EntryId[]>();
  const anyChild = new Map<EntryId, boolean>();

  const peekChild = (parentId: EntryId, key: string): EntryId | null | undefined =>
    child.get(childKey(parentId, key)) ?? (child.has(childKey(parentId, key)) || children.has(parentId) ? null : undefined);
  const entry = (id: EntryId): Entry | null => found(entries.get(id), { type: 'entry', id });

  return {
    texts: createJsonTexts(),
    peekEntry: (id) => entries.get(id),
    peekAlias: (id) => aliases.get(id),
    childSum: (id) => found(childSums.get(id), { type: 'entry', id }),
    lacks: (need) => {
      if (need.type === 'entry') return !entries.has(need.id);
      if (need.type === 'aliases') return !aliases.has(need.id);
      if (need.type === 'children') return !children.has(need.parentId);
      if (need.type === 'any-child') return !anyChild.has(need.parentId);
      return peekChild(need.parentId, need.nameKey) === undefined;
    },
    addEntry: (id, value, childSum) => {
      entries.set(id, value);
      childSums.set(id, childSum);
    },
    addAlias: (id, to) => void aliases.set(id, to),
    addChild: (parentId, key, id) => void child.set(childKey(parentId, key), id),
    addChildren: (parentId, ids) => {
      children.set(parentId, ids);
      for (const id of ids) child.set(childKey(parentId, nameKey(entries.get(id)?.name ?? '')), id);
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

/** Ids hold no NUL. */
const childKey = (parentId: EntryId, key: string): string => `${parentId}\0${key}`;
