import type { Effect, Entry } from './entry.ts';
import type { EntryId } from './identifiers.ts';
import { nameKey } from './names.ts';
import type { TreeReader } from './tree.ts';

/** A tree with effects laid over another one, which stays as it is. Applying the same effects again changes nothing. */
export class TreeOverlay implements TreeReader {
  readonly #base: TreeReader;
  /** Null: forgotten. */
  readonly #entries = new Map<EntryId, Entry | null>();
  readonly #aliases = new Map<EntryId, EntryId>();
  /** Once forgotten here, whatever came after: no alias of the tree below leads to it any more. */
  readonly #forgotten = new Set<EntryId>();
  /** Live children that the overlay itself holds: parent → name key → id. */
  readonly #children = new Map<EntryId, Map<string, EntryId>>();
  /** Folders that anything was put into, alive or deleted. */
  readonly #parents = new Set<EntryId>();

  constructor(base: TreeReader) {
    this.#base = base;
  }

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'entry') this.put(effect.entry);
      else if (effect.type === 'alias') this.setAlias(effect.from, effect.to);
      else if (effect.type === 'forget-entry') this.forget(effect.entryId);
    }
  }

  put(entry: Entry): void {
    const previous = this.#entries.get(entry.id);
    if (previous != null) this.#unlink(previous);
    this.#entries.set(entry.id, entry);
    if (entry.parentId === null) return;
    this.#parents.add(entry.parentId);
    if (entry.deleted !== null) return;
    const children = this.#children.get(entry.parentId) ?? new Map<string, EntryId>();
    this.#children.set(entry.parentId, children.set(nameKey(entry.name), entry.id));
  }

  setAlias(from: EntryId, to: EntryId): void {
    this.#aliases.set(from, to);
  }

  /** As if the entry had never been: it and the aliases that lead to it are gone. */
  forget(id: EntryId): void {
    const previous = this.#entries.get(id);
    if (previous != null) this.#unlink(previous);
    this.#entries.set(id, null);
    this.#forgotten.add(id);
    for (const [from, to] of this.#aliases) if (to === id) this.#aliases.delete(from);
  }

  entry(id: EntryId): Entry | null {
    const own = this.#entries.get(id);
    return own === undefined ? this.#base.entry(id) : own;
  }

  aliasOf(id: EntryId): EntryId | null {
    const own = this.#aliases.get(id);
    if (own !== undefined) return own;
    const below = this.#base.aliasOf(id);
    return below === null || this.#forgotten.has(below) ? null : below;
  }

  liveChild(parentId: EntryId, key: string): Entry | null {
    const own = this.#children.get(parentId)?.get(key);
    if (own !== undefined) return this.#entries.get(own) ?? null;
    const below = this.#base.liveChild(parentId, key);
    return below === null || this.#entries.has(below.id) ? null : below;
  }

  liveChildren(parentId: EntryId): readonly EntryId[] {
    const below = this.#base.liveChildren(parentId).filter((id) => !this.#entries.has(id));
    return [...below, ...(this.#children.get(parentId)?.values() ?? [])];
  }

  /** True too where the last child went within this overlay: a folder is forgotten later than its content. */
  hasChild(parentId: EntryId): boolean {
    return this.#parents.has(parentId) || this.#base.hasChild(parentId);
  }

  aliasesTo(id: EntryId): readonly EntryId[] {
    const own = [...this.#aliases].filter(([, to]) => to === id).map(([from]) => from);
    const below = this.#forgotten.has(id) ? [] : this.#base.aliasesTo(id).filter((from) => !this.#aliases.has(from));
    return [...new Set([...below, ...own])];
  }

  #unlink(entry: Entry): void {
    if (entry.parentId === null) return;
    const children = this.#children.get(entry.parentId);
    const key = nameKey(entry.name);
    if (children?.get(key) === entry.id) children.delete(key);
  }
}
