import type { Effect, Entry, EntryId, TreeReader, Version } from '../src/index.ts';
import { compareStamps, dotKey, nameKey, rootEntry, rootId } from '../src/index.ts';

/** A whole space in memory, with the checks that every tree must pass. */
export class MemoryTree implements TreeReader {
  readonly entries = new Map<EntryId, Entry>([[rootId, rootEntry]]);
  readonly aliases = new Map<EntryId, EntryId>();
  readonly versions = new Map<string, { readonly entryId: EntryId; readonly version: Version }>();
  readonly #children = new Map<EntryId, Set<EntryId>>();

  clone(): MemoryTree {
    const copy = new MemoryTree();
    for (const entry of this.entries.values()) copy.put(entry);
    for (const [from, to] of this.aliases) copy.aliases.set(from, to);
    for (const [key, version] of this.versions) copy.versions.set(key, version);
    return copy;
  }

  put(entry: Entry): void {
    const previous = this.entries.get(entry.id);
    if (previous?.parentId != null) this.#children.get(previous.parentId)?.delete(entry.id);
    this.entries.set(entry.id, entry);
    if (entry.parentId === null) return;
    const siblings = this.#children.get(entry.parentId) ?? new Set();
    this.#children.set(entry.parentId, siblings.add(entry.id));
  }

  forget(id: EntryId): void {
    const entry = this.entries.get(id);
    if (entry?.parentId != null) this.#children.get(entry.parentId)?.delete(id);
    this.entries.delete(id);
    for (const [from, to] of this.aliases) if (to === id) this.aliases.delete(from);
  }

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'entry') this.put(effect.entry);
      else if (effect.type === 'alias') this.aliases.set(effect.from, effect.to);
      else if (effect.type === 'version') this.versions.set(dotKey(effect.version.dot), effect);
      else if (effect.type === 'forget-entry') this.forget(effect.entryId);
      else if (effect.type === 'forget-version') this.versions.delete(dotKey(effect.dot));
    }
  }

  entry(id: EntryId): Entry | null {
    return this.entries.get(id) ?? null;
  }

  aliasOf(id: EntryId): EntryId | null {
    return this.aliases.get(id) ?? null;
  }

  children(parentId: EntryId): readonly EntryId[] {
    return [...(this.#children.get(parentId) ?? [])];
  }

  liveChildren(parentId: EntryId): readonly EntryId[] {
    return this.children(parentId).filter((id) => this.entries.get(id)?.deleted === null);
  }

  liveChild(parentId: EntryId, key: string): Entry | null {
    for (const id of this.liveChildren(parentId)) {
      const entry = this.entries.get(id);
      if (entry !== undefined && nameKey(entry.name) === key) return entry;
    }
    return null;
  }

  hasChild(parentId: EntryId): boolean {
    return (this.#children.get(parentId)?.size ?? 0) > 0;
  }

  aliasesTo(id: EntryId): readonly EntryId[] {
    return [...this.aliases].filter(([, to]) => to === id).map(([from]) => from);
  }

  /** The shown tree as text: paths with the contents and dots of all heads. */
  shown(): string {
    const lines: string[] = [];
    const walk = (id: EntryId, path: string): void => {
      const below = this.liveChildren(id)
        .map((child) => this.entries.get(child))
        .filter((entry) => entry !== undefined);
      for (const entry of below.sort((left, right) => (left.name < right.name ? -1 : 1))) {
        const heads = entry.heads.map((head) => `${head.content.hash}@${dotKey(head.dot)}`).join('|');
        lines.push(`${path}/${entry.name}${entry.kind === 'folder' ? '/' : `=${heads}`}`);
        walk(entry.id, `${path}/${entry.name}`);
      }
    };
    walk(rootId, '');
    return lines.join('\n');
  }

  /** No orphan, no cycle, no two live entries of one name, no live file without a head, heads in winner order. Throws. */
  check(): void {
    for (const entry of this.entries.values()) {
      if (entry.deleted !== null || entry.parentId === null) continue;
      if (this.entries.get(entry.parentId)?.deleted !== null) throw new Error(`live ${entry.id} under a parent that is not live`);
      this.#checkChain(entry);
      const namesake = this.liveChildren(entry.parentId).find(
        (id) => id !== entry.id && nameKey(this.entries.get(id)?.name ?? '') === nameKey(entry.name),
      );
      if (namesake !== undefined) throw new Error(`two live entries named ${entry.name}: ${entry.id}, ${namesake}`);
      if (entry.kind === 'file' && entry.heads.length === 0) throw new Error(`live file ${entry.id} without a head`);
      for (let at = 1; at < entry.heads.length; at++) {
        const [left, right] = [entry.heads[at - 1], entry.heads[at]];
        if (left !== undefined && right !== undefined && compareStamps(left.stamp, right.stamp) < 0)
          throw new Error(`heads of ${entry.id} out of order`);
      }
    }
  }

  #checkChain(entry: Entry): void {
    let parent = entry.parentId;
    for (let step = 0; parent !== null; step++) {
      if (step > 5000) throw new Error(`cycle above ${entry.id}`);
      const above = this.entries.get(parent);
      if (above === undefined) throw new Error(`orphan ${entry.id}`);
      parent = above.parentId;
    }
  }
}
