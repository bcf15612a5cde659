import type { Effect, Entry } from './entry.ts';
import type { EntryId } from './identifiers.ts';
import { nameKey } from './names.ts';
import type { TreeReader } from './tree.ts';

/** A tree with effects laid over another one, which stays as it is. Applying the same effects again changes nothing. */
export class TreeOverlay implements TreeReader {
  readonly #base: TreeReader;
  readonly #entries = new Map<EntryId, Entry>();
  readonly #aliases = new Map<EntryId, EntryId>();
  /** Live children that the overlay itself holds: parent → name key → id. */
  readonly #children = new Map<EntryId, Map<string, EntryId>>();

  constructor(base: TreeReader) {
    this.#base = base;
  }

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'entry') this.put(effect.entry);
      else if (effect.type === 'alias') this.#aliases.set(effect.from, effect.to);
    }
  }

  put(entry: Entry): void {
    const previous = this.#entries.get(entry.id);
    if (previous !== undefined) this.#unlink(previous);
    this.#entries.set(entry.id, entry);
    if (entry.parentId === null || entry.deleted !== null) return;
    const children = this.#children.get(entry.parentId) ?? new Map<string, EntryId>();
    this.#children.set(entry.parentId, children.set(nameKey(entry.name), entry.id));
  }

  setAlias(from: EntryId, to: EntryId): void {
    this.#aliases.set(from, to);
  }

  entry(id: EntryId): Entry | null {
    return this.#entries.get(id) ?? this.#base.entry(id);
  }

  aliasOf(id: EntryId): EntryId | null {
    return this.#aliases.get(id) ?? this.#base.aliasOf(id);
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

  aliasesTo(id: EntryId): readonly EntryId[] {
    const own = [...this.#aliases].filter(([, to]) => to === id).map(([from]) => from);
    return [...new Set([...this.#base.aliasesTo(id), ...own])];
  }

  #unlink(entry: Entry): void {
    if (entry.parentId === null) return;
    const children = this.#children.get(entry.parentId);
    const key = nameKey(entry.name);
    if (children?.get(key) === entry.id) children.delete(key);
  }
}
