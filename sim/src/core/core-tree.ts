import type { Effect, Entry, EntryId, TreeReader, Version } from '@jzse/sync';
import { compareStamps, dotKey, nameKey, rootEntry, rootId } from '@jzse/sync';
import type { TreeSums } from './tree-sums.ts';
import { emptySums, sumsAfter } from './tree-sums.ts';

export interface VersionRow {
  readonly entryId: EntryId;
  readonly version: Version;
}
interface Folder {
  readonly all: Set<EntryId>;
  /** Name key → id of live children. */
  readonly live: Map<string, EntryId>;
}

/** A whole space in memory. A copy costs a few flat maps: folders are shared until one of the two changes them. */
export class CoreTree implements TreeReader {
  readonly entries: Map<EntryId, Entry>;
  readonly aliases: Map<EntryId, EntryId>;
  readonly versions: Map<string, VersionRow>;
  /** Null where this history does not keep digests from change to change. */
  sums: TreeSums | null = null;
  readonly #folders: Map<EntryId, Folder>;
  #owned = new Set<EntryId>();

  constructor(from?: CoreTree) {
    this.entries = new Map(from?.entries ?? [[rootId, rootEntry]]);
    this.aliases = new Map(from?.aliases);
    this.versions = new Map(from?.versions);
    this.#folders = new Map(from === undefined ? [] : from.#folders);
    this.sums = from?.sums ?? null;
  }

  static withSums(): CoreTree {
    const tree = new CoreTree();
    tree.sums = emptySums;
    return tree;
  }

  copy(): CoreTree {
    const copy = new CoreTree(this);
    this.#owned = new Set();
    return copy;
  }

  /** What outstanding operations are laid on: nobody compares digests of that. */
  copyToShow(): CoreTree {
    const copy = this.copy();
    copy.sums = null;
    return copy;
  }

  apply(effects: readonly Effect[]): void {
    if (this.sums !== null) this.sums = sumsAfter(this, this.sums, effects);
    for (const effect of effects) {
      if (effect.type === 'entry') this.#put(effect.entry);
      else if (effect.type === 'alias') this.aliases.set(effect.from, effect.to);
      else if (effect.type === 'version') this.versions.set(dotKey(effect.version.dot), effect);
      else if (effect.type === 'forget-entry') this.forget(effect.entryId);
      else if (effect.type === 'forget-version') this.versions.delete(dotKey(effect.dot));
    }
    for (const effect of effects) if (effect.type === 'entry') this.#check(effect.entry);
  }

  forget(id: EntryId): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    this.#unlink(entry);
    this.entries.delete(id);
    for (const [from, to] of this.aliases) if (to === id) this.aliases.delete(from);
  }

  entry(id: EntryId): Entry | null {
    return this.entries.get(id) ?? null;
  }

  aliasOf(id: EntryId): EntryId | null {
    return this.aliases.get(id) ?? null;
  }

  liveChild(parentId: EntryId, key: string): Entry | null {
    const id = this.#folders.get(parentId)?.live.get(key);
    return id === undefined ? null : (this.entries.get(id) ?? null);
  }

  liveChildren(parentId: EntryId): readonly EntryId[] {
    const folder = this.#folders.get(parentId);
    return folder === undefined ? [] : [...folder.live.values()];
  }

  children(parentId: EntryId): Iterable<EntryId> {
    return this.#folders.get(parentId)?.all ?? [];
  }

  hasChild(parentId: EntryId): boolean {
    return (this.#folders.get(parentId)?.all.size ?? 0) > 0;
  }

  aliasesTo(id: EntryId): readonly EntryId[] {
    const found: EntryId[] = [];
    for (const [from, to] of this.aliases) if (to === id) found.push(from);
    return found;
  }

  /** The shown tree as text: paths with contents and dots of all heads. */
  shown(): string {
    const lines: string[] = [];
    const walk = (id: EntryId, path: string): void => {
      for (const childId of this.liveChildren(id)) {
        const entry = this.entries.get(childId);
        if (entry === undefined) continue;
        const heads = entry.heads.map((head) => `${head.content.hash.slice(0, 12)}@${dotKey(head.dot)}`).join('|');
        lines.push(`${path}/${entry.name}${entry.kind === 'folder' ? '/' : `=${heads}`}`);
        walk(childId, `${path}/${entry.name}`);
      }
    };
    walk(rootId, '');
    return lines.sort().join('\n');
  }

  /** The rules of every tree, for all of it. Throws. */
  checkAll(): void {
    for (const entry of this.entries.values()) this.#check(entry);
  }

  #put(entry: Entry): void {
    const previous = this.entries.get(entry.id);
    if (previous !== undefined) this.#unlink(previous);
    this.entries.set(entry.id, entry);
    if (entry.parentId === null) return;
    const folder = this.#own(entry.parentId);
    folder.all.add(entry.id);
    if (entry.deleted === null) folder.live.set(keyOf(entry.name), entry.id);
  }

  #unlink(entry: Entry): void {
    if (entry.parentId === null) return;
    const folder = this.#own(entry.parentId);
    folder.all.delete(entry.id);
    if (folder.live.get(keyOf(entry.name)) === entry.id) folder.live.delete(keyOf(entry.name));
  }

  #own(parentId: EntryId): Folder {
    const folder = this.#folders.get(parentId);
    if (folder !== undefined && this.#owned.has(parentId)) return folder;
    const own = { all: new Set(folder?.all), live: new Map(folder?.live) };
    this.#folders.set(parentId, own);
    this.#owned.add(parentId);
    return own;
  }

  /** No orphan, no cycle, no two live entries of one name, no live file without a head, heads in winner order. */
  #check(entry: Entry): void {
    if (entry.deleted !== null) {
      for (const id of this.liveChildren(entry.id)) throw new Error(`live ${id} under ${entry.id}, which is deleted`);
      return;
    }
    if (entry.parentId === null) return;
    if (this.entries.get(entry.parentId)?.deleted !== null) throw new Error(`live ${entry.id} under a parent that is not live`);
    if (this.#folders.get(entry.parentId)?.live.get(keyOf(entry.name)) !== entry.id)
      throw new Error(`two live entries named ${entry.name}, one is ${entry.id}`);
    if (entry.kind === 'file' && entry.heads.length === 0) throw new Error(`live file ${entry.id} without a head`);
    for (let at = 1; at < entry.heads.length; at++) {
      const [left, right] = [entry.heads[at - 1], entry.heads[at]];
      if (left !== undefined && right !== undefined && compareStamps(left.stamp, right.stamp) < 0)
        throw new Error(`heads of ${entry.id} out of order`);
    }
    this.#checkChain(entry);
  }

  #checkChain(entry: Entry): void {
    let parent = entry.parentId;
    for (let step = 0; parent !== null; step++) {
      if (step > this.entries.size) throw new Error(`cycle above ${entry.id}`);
      const above = this.entries.get(parent);
      if (above === undefined) throw new Error(`orphan ${entry.id}`);
      parent = above.parentId;
    }
  }
}

const keys = new Map<string, string>();
/** Few names are used over and over. */
function keyOf(name: string): string {
  const known = keys.get(name);
  if (known !== undefined) return known;
  if (keys.size > 10_000) keys.clear();
  const key = nameKey(name);
  keys.set(name, key);
  return key;
}
