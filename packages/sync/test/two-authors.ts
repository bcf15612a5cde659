import type { Content, Dot, Effect, EntryId, Forget, Operation } from '../src/index.ts';
import { applyOperation, entryId, hash, observedBelow, regionId, replicaId, rootId } from '../src/index.ts';
import { MemoryTree } from './memory-tree.ts';

/** A hub's tree, and operations of two regions that reach it in the order of the calls. */
export class TwoAuthors {
  readonly tree = new MemoryTree();
  sequence = 0;
  #counters = { a: 0, b: 0 };

  /** `seen`: how much of the hub's log the author had; by default all of it. */
  apply(
    author: 'a' | 'b',
    fields: object,
    options: { readonly seen?: number; readonly wallMs?: number } = {},
  ): { readonly dot: Dot; readonly effects: Effect[] } {
    const region = regionId(author);
    const replica = replicaId(region, 1);
    const counter = ++this.#counters[author];
    const operation = {
      dot: { replica, counter },
      stamp: { wallMs: options.wallMs ?? 1000 + this.sequence, logical: 0, replica },
      context: { position: { epoch: 0, sequence: options.seen ?? this.sequence }, counter: counter - 1 },
      author: { user: author, device: author, region },
      ...fields,
    } as unknown as Operation;
    const effects = applyOperation(this.tree, operation, { position: { epoch: 0, sequence: ++this.sequence }, forks: {} });
    this.tree.apply(effects);
    this.tree.check();
    return { dot: operation.dot, effects };
  }

  observed(id: EntryId): ReturnType<typeof observedBelow> {
    return observedBelow(this.tree, id);
  }
}

export const id = entryId;
export const facts = { mediaType: null, modifiedMs: null };
export const content = (digit: string): Content => ({ hash: hash(digit.repeat(64)), size: 1, manifest: null });
export const createFile = (name: string, options: { readonly id: string; readonly bytes: string; readonly parent?: string }): object => ({
  type: 'create',
  kind: 'file',
  entryId: id(options.id),
  parentId: id(options.parent ?? rootId),
  name,
  content: content(options.bytes),
  facts,
});
export const createFolder = (name: string, options: { readonly id: string; readonly parent?: string }): object => ({
  type: 'create',
  kind: 'folder',
  entryId: id(options.id),
  parentId: id(options.parent ?? rootId),
  name,
});
export const write = (entry: string, base: readonly Dot[], bytes: string): object => ({
  type: 'write',
  entryId: id(entry),
  base,
  alsoIds: [],
  name: entry,
  content: content(bytes),
  facts,
});
export const move = (entry: string, parent: string, name: string): object => ({
  type: 'move',
  entryId: id(entry),
  parentId: id(parent),
  name,
});
export const remove = (entry: string, observed: ReturnType<typeof observedBelow>): object => ({
  type: 'delete',
  entryId: id(entry),
  base: observed[0]?.heads ?? [],
  alsoIds: [],
  observed,
});
export const restore = (entry: string, bytes: string): object => ({
  type: 'restore',
  entryId: id(entry),
  name: entry,
  content: content(bytes),
  facts,
});
export const forget = (what: Partial<Pick<Forget, 'entries' | 'versions'>>): object => ({
  type: 'forget',
  entryId: rootId,
  entries: [],
  versions: [],
  ...what,
});
