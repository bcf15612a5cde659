import type { EntryInfo, VersionInfo } from '@jzse/api/edge';
import type { Entry, Version } from '@jzse/sync';
import { dotKey, winner } from '@jzse/sync';

/** An entry as people see it. `path` is its own, as typed; `held` says whether the shown version is. */
export function entryInfo(entry: Entry, { path, held }: { readonly path: string; readonly held: boolean }): EntryInfo {
  const shown = winner(entry);
  return {
    id: entry.id,
    kind: entry.kind,
    name: entry.name,
    path,
    size: shown?.content.size ?? 0,
    modifiedMs: shown === null ? (entry.location?.stamp.wallMs ?? 0) : modifiedMs(shown),
    mediaType: shown?.facts.mediaType ?? null,
    hash: shown?.content.hash ?? null,
    version: shown === null ? null : dotKey(shown.dot),
    author: shown?.author ?? null,
    siblings: entry.heads.length,
    held: entry.kind === 'folder' || held,
    confirmed: [entry.location, shown].every((attribution) => attribution === null || attribution.position !== null),
  };
}

export const versionInfo = (version: Version, { current, held }: { readonly current: boolean; readonly held: boolean }): VersionInfo => ({
  version: dotKey(version.dot),
  hash: version.content.hash,
  size: version.content.size,
  modifiedMs: modifiedMs(version),
  author: version.author,
  current,
  held,
  parents: version.parents.map(dotKey),
});

/** The author's file time where it is known. */
const modifiedMs = (version: Version): number => version.facts.modifiedMs ?? version.stamp.wallMs;
