import type { EntryInfo, HistoryServices, Moment } from '@jzse/api/edge';
import type { HubServices } from '@jzse/api/hub';
import { type Entry, rootId, type SpaceId, splitPath } from '@jzse/sync';
import { describeEntry } from './read/describe-entry.ts';
import { difference } from './read/difference.ts';
import { findVersion } from './read/find-version.ts';
import { listDeleted, tombstones } from './read/list-deleted.ts';
import { listPast } from './read/list-past.ts';
import { type PastPlace, pastTree } from './read/past-tree.ts';
import type { ReadDeps } from './read/read-deps.ts';
import { resolveEntry } from './read/resolve-path.ts';
import { type RestoreDeps, restoreEntry } from './write/restore-entry.ts';
import { restoreTo } from './write/restore-to.ts';
import type { WriteDeps } from './write/write-deps.ts';

export interface HistoryServicesDeps {
  readonly read: Pick<ReadDeps, 'store'>;
  readonly write: WriteDeps;
  readonly hub: Pick<HubServices, 'treeAt'>;
}

/** What this edge knows of the past, and how it comes back, put together from its two paths. */
export function createHistoryServices({ read, write, hub }: HistoryServicesDeps): HistoryServices {
  const restoring: RestoreDeps = {
    ...write,
    findVersion: (at, version) => findVersion(read, at, version),
    tombstones: ({ space, folder }, page) => tombstones(read, { space, folder: folder ?? rootId }, page),
  };
  return {
    restore: async ({ space, path, version, author }): Promise<EntryInfo> => {
      const id = await restoreEntry(restoring, { space, names: splitPath(path), version, author });
      return describeEntry(read, { space, entry: await shown(read, space, id) });
    },
    listDeleted: async (space, path, page) => listDeleted(read, { space, folder: await folderAt(read, space, path) }, page),
    listAt: (request) => listPast(hub, request),
    difference: (request) => difference(hub, request),
    restoreTo: ({ space, path, moment, removeNew, preview, author }) =>
      restoreTo(write, {
        space,
        names: splitPath(path),
        what: `restore of ${path} to ${momentText(moment)}`,
        past: entriesOf(hub, { space, path, moment }),
        removeNew,
        preview,
        author,
      }),
  };
}

const momentText = ({ atMs, region }: Moment): string => `${new Date(atMs).toISOString()}${region === null ? '' : ` in ${region}`}`;

async function* entriesOf(hub: Pick<HubServices, 'treeAt'>, place: PastPlace): AsyncGenerator<Entry, void, undefined> {
  for await (const { entry } of pastTree(hub, place)) yield entry;
}

async function shown({ store }: Pick<ReadDeps, 'store'>, space: SpaceId, id: Entry['id']): Promise<Entry> {
  const entry = await store.entry(space, id);
  if (entry === null) throw new Error('what was just restored is not shown');
  return entry;
}

/** Of a folder that is deleted itself: the newest one that had this path. */
async function folderAt(read: Pick<ReadDeps, 'store'>, space: SpaceId, path: string): Promise<Entry['id']> {
  const names = splitPath(path);
  if (names.length === 0) return (await resolveEntry(read, { space, names })).id;
  const live = await read.store.entryAtPath(space, names);
  if (live !== null) return live.id;
  for (let after: string | null = null, more = true; more; ) {
    const page = await tombstones(read, { space, folder: rootId }, { after, limit: 500 });
    const found = page.items.find((item) => item.entry.kind === 'folder' && item.names.join('/') === names.join('/'));
    if (found !== undefined) return found.entry.id;
    after = page.next;
    more = after !== null;
  }
  return (await resolveEntry(read, { space, names })).id;
}
