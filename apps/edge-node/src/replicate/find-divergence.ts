import { divergentPathsMax } from '@jzse/api';
import type { DigestNode } from '@jzse/api/hub';
import type { DigestChildren, RegionStore } from '@jzse/db/region';
import { comparePositions, type EntryId, type FeedPosition, joinPath, rootId, type SpaceId } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';

export interface FindDivergenceDeps {
  readonly store: Pick<RegionStore, 'cursor' | 'digestChildren' | 'entry'>;
  readonly hub: Pick<HubPort, 'digestNode'>;
}

interface Folder {
  readonly id: EntryId;
  readonly names: readonly string[];
}
interface Descent extends FindDivergenceDeps {
  readonly space: SpaceId;
  readonly position: FeedPosition;
}
type Node = Extract<DigestNode, { readonly type: 'node' }>;

/** Folders that one search looks into: each costs a round trip. */
const foldersMax = 1_000;
const bucketsPerFolderMax = 32;

/**
 * Where this region and the hub differ, by path, from the top down along what differs only. Null: one of the two has moved on meanwhile,
 * so nothing can be said. An entry that only the hub has is named by its folder. `/` alone: what differs is in no folder (aliases, versions).
 */
export async function findDivergence(deps: FindDivergenceDeps, space: SpaceId): Promise<readonly string[] | null> {
  const { position } = await deps.store.cursor(space);
  const descent: Descent = { ...deps, space, position };
  const paths = new Set<string>();
  const waiting: Folder[] = [{ id: rootId, names: [] }];
  for (let looked = 0; looked < foldersMax && paths.size < divergentPathsMax; looked++) {
    const folder = waiting.shift();
    if (folder === undefined) break;
    const children = await differentChildren(descent, folder);
    if (children === null) return null;
    const before = paths.size;
    for (const id of children) {
      const names = await namesOf(descent, folder, id);
      if (names.below) waiting.push({ id, names: names.names });
      else paths.add(joinPath(names.names));
      if (paths.size === divergentPathsMax) break;
    }
    // Its term differs though nothing in it does: it is the folder itself.
    if (children.length === 0 && paths.size === before) paths.add(joinPath(folder.names));
  }
  return [...paths];
}

/** A folder that both may have is looked into; anything else is what differs. */
async function namesOf(
  { store, space }: Descent,
  folder: Folder,
  id: EntryId,
): Promise<{ readonly names: readonly string[]; readonly below: boolean }> {
  const entry = await store.entry(space, id);
  if (entry === null) return { names: folder.names, below: false };
  return { names: [...folder.names, entry.name], below: entry.kind === 'folder' };
}

/** Children whose terms differ, or that only one side has; null if one side moved on. */
async function differentChildren(descent: Descent, { id }: Folder): Promise<readonly EntryId[] | null> {
  const both = await readBoth(descent, id, null);
  if (both === null) return null;
  const { own, theirs } = both;
  if (own.children !== null && theirs.children !== null) return differentIds(own.children, theirs.children);
  const found: EntryId[] = [];
  let looked = 0;
  for (const [bucket, sum] of own.buckets.entries()) {
    if (sum === theirs.buckets[bucket]) continue;
    const part = await readBoth(descent, id, bucket);
    if (part === null) return null;
    found.push(...differentIds(part.own.children ?? [], part.theirs.children ?? []));
    if (++looked === bucketsPerFolderMax || found.length >= divergentPathsMax) break;
  }
  return found;
}

async function readBoth(
  { store, hub, space, position }: Descent,
  folder: EntryId,
  bucket: number | null,
): Promise<{ readonly own: DigestChildren; readonly theirs: Node } | null> {
  const [own, theirs] = await Promise.all([
    store.digestChildren(space, folder, bucket),
    hub.digestNode({ space, position, folder, bucket }),
  ]);
  const still = (await store.cursor(space)).position;
  return theirs.type === 'node' && comparePositions(still, position) === 0 ? { own, theirs } : null;
}

type Children = NonNullable<DigestChildren['children']>;

function differentIds(own: Children, theirs: Children): readonly EntryId[] {
  const terms = new Map(theirs.map(({ id, term }) => [id, term]));
  const here = new Set(own.map(({ id }) => id));
  return [...own.filter(({ id, term }) => terms.get(id) !== term), ...theirs.filter(({ id }) => !here.has(id))].map(({ id }) => id);
}
