import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import { dotKey, splitPath, winner } from '@jzse/sync';

export interface ResolvePathDeps {
  readonly store: Pick<HubStore, 'entryAtPath' | 'holders'>;
}

/** What stands at a path in the hub's view, and who holds it; null for nothing and for folders. */
export function resolvePath({ store }: ResolvePathDeps): HubServices['resolvePath'] {
  return async (space, path) => {
    const entry = await store.entryAtPath(space, splitPath(path));
    if (entry === null || entry.kind !== 'file') return null;
    const version = winner(entry);
    if (version === null) return null;
    return {
      content: version.content,
      version: dotKey(version.dot),
      name: entry.name,
      mediaType: version.facts.mediaType,
      modifiedMs: version.facts.modifiedMs ?? version.stamp.wallMs,
      sources: await store.holders(space, version.content.hash),
    };
  };
}
