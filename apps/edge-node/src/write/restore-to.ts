import { pageItemsMax } from '@jzse/api';
import type { BulkOutcome } from '@jzse/api/edge';
import type { Author, Entry, EntryId, FormerState, SpaceId } from '@jzse/sync';
import { checkSpace } from './commit-version.ts';
import { returnEntries } from './return-entries.ts';
import type { WriteDeps } from './write-deps.ts';

export interface RestoreToWish {
  readonly space: SpaceId;
  readonly names: readonly string[];
  /** Of the change, for people. */
  readonly what: string;
  /** All that stood at and below the path, folders before what is in them. */
  readonly past: AsyncIterable<Entry>;
  /** What was not there then is deleted. */
  readonly removeNew: boolean;
  readonly preview: boolean;
  readonly author: Author;
}

/**
 * A file or folder as it was, by ordinary new operations that are one change and can be undone (SY15). The past is read page by page, and
 * only what is otherwise now is kept of it. Contents need not be here. Throws what reading the past and the commits throw.
 */
export async function restoreTo(deps: WriteDeps, wish: RestoreToWish): Promise<BulkOutcome> {
  const { space, author, preview, what } = wish;
  await checkSpace(deps, space);
  const { former, ids } = await formerStates(deps, wish);
  if (wish.removeNew) former.push(...(await newSince(deps, wish, ids)));
  const change = { changeId: deps.newUploadId(), what };
  return returnEntries(deps, { space, author, preview, change, former });
}

interface Former {
  readonly former: FormerState[];
  /** Of all that stood there. */
  readonly ids: ReadonlySet<EntryId>;
}

async function formerStates({ store }: WriteDeps, { space, past, removeNew }: RestoreToWish): Promise<Former> {
  const former: FormerState[] = [];
  const ids = new Set<EntryId>();
  for await (const entry of past) {
    if (removeNew) ids.add(entry.id);
    if (isAsItWas(await store.entry(space, entry.id), entry)) continue;
    former.push({ id: entry.id, entry });
  }
  return { former, ids };
}

function isAsItWas(now: Entry | null, then: Entry): boolean {
  if (now === null || now.deleted !== null || now.id !== then.id) return false;
  return now.parentId === then.parentId && now.name === then.name && contentsOf(now) === contentsOf(then);
}

const contentsOf = ({ heads }: Entry): string =>
  heads
    .map((head) => head.content.hash)
    .sort()
    .join();

/** What stands there now and did not then. */
async function newSince({ store }: WriteDeps, { space, names }: RestoreToWish, ids: ReadonlySet<EntryId>): Promise<FormerState[]> {
  const top = await store.entryAtPath(space, names);
  const found: FormerState[] = [];
  const folders = top === null || top.kind === 'file' ? [] : [top.id];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (let after: string | null = null, more = true; more; ) {
      const page = await store.listFolder(space, folder, { after, limit: pageItemsMax });
      for (const child of page.items) {
        if (!ids.has(child.id)) found.push({ id: child.id, entry: null });
        if (child.kind === 'folder') folders.push(child.id);
      }
      after = page.next;
      more = after !== null;
    }
  }
  return found;
}
