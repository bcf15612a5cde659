import type { Entry, EntryId } from '@jzse/sync';
import { nameKey, rootId } from '@jzse/sync';

/** What is wrong with a tree; null: live names are unique, live files have versions, and every live entry hangs on the root. */
export function brokenTree(entries: ReadonlyMap<EntryId, Entry>): string | null {
  const names = new Set<string>();
  for (const entry of entries.values()) {
    if (entry.deleted !== null) continue;
    const key = `${entry.parentId}/${nameKey(entry.name)}`;
    if (names.has(key)) return `two live entries are called ${entry.name} in ${entry.parentId}`;
    names.add(key);
    if (entry.kind === 'file' && entry.heads.length === 0) return `live file without a version: ${entry.id}`;
    const above = brokenAbove(entries, entry);
    if (above !== null) return above;
  }
  return null;
}

function brokenAbove(entries: ReadonlyMap<EntryId, Entry>, entry: Entry): string | null {
  const above = new Set<EntryId>();
  for (let at: Entry = entry; at.parentId !== rootId; ) {
    if (above.has(at.id)) return `cycle of folders at ${at.id}`;
    above.add(at.id);
    const parent = at.parentId === null ? undefined : entries.get(at.parentId);
    if (parent === undefined || parent.deleted !== null) return `${entry.id} is alive in a folder that is not`;
    at = parent;
  }
  return null;
}
