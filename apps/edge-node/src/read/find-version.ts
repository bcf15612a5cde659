import { JzseError } from '@jzse/api';
import type { Dot, Entry, SpaceId, Version } from '@jzse/sync';
import { parseDotKey, sameDot } from '@jzse/sync';
import type { ReadDeps } from './read-deps.ts';

const versionsPerPage = 500;

/** The version of this entry's history that a dot key names; siblings first, as they are asked for most. Throws `unknown-version`. */
export async function findVersion(
  { store }: Pick<ReadDeps, 'store'>,
  at: { readonly space: SpaceId; readonly entry: Entry },
  version: string,
): Promise<Version> {
  const dot = parseDotKey(version);
  const found = dot === null ? null : (named(at.entry.heads, dot) ?? named(at.entry.trash, dot) ?? (await inHistory(store, at, dot)));
  if (found === null) throw unknownVersion(version);
  return found;
}

export const unknownVersion = (version: string): JzseError =>
  new JzseError('unknown-version', 'this file has no such version; its history lists them', { detail: { version: version.slice(0, 100) } });

async function inHistory(store: ReadDeps['store'], { space, entry }: { readonly space: SpaceId; readonly entry: Entry }, dot: Dot) {
  for (let after: string | null = null, more = true; more; ) {
    const page = await store.listVersions(space, entry.id, { after, limit: versionsPerPage });
    const found = named(page.items, dot);
    if (found !== null) return found;
    after = page.next;
    more = after !== null;
  }
  return null;
}

const named = (versions: readonly Version[], dot: Dot): Version | null => versions.find((version) => sameDot(version.dot, dot)) ?? null;
