import { JzseError } from '@jzse/api';
import type { BulkOutcome } from '@jzse/api/edge';
import type { Author, Entry, EntryId, FormerState, SpaceId, Version } from '@jzse/sync';
import { compareStamps, joinPath, nameKey, sameDot } from '@jzse/sync';
import { checkSpace, commitVersion, type Outcome } from './commit-version.ts';
import { always, decideWrite } from './decide-write.ts';
import { returnEntries } from './return-entries.ts';
import type { WriteDeps } from './write-deps.ts';

/** What restoring asks of the read side. */
export interface RestoreDeps extends WriteDeps {
  /** Throws `unknown-version`. */
  readonly findVersion: (at: { readonly space: SpaceId; readonly entry: Entry }, version: string) => Promise<Version>;
  /** Deleted entries at and below a folder with the paths that they had, newest deletion first; null: of the whole space. */
  readonly tombstones: (
    at: { readonly space: SpaceId; readonly folder: EntryId | null },
    page: { readonly after: string | null; readonly limit: number },
  ) => Promise<{ readonly items: readonly { readonly names: readonly string[]; readonly entry: Entry }[]; readonly next: string | null }>;
}
export interface RestoreWish {
  readonly space: SpaceId;
  readonly names: readonly string[];
  /** A dot key; null: what was deleted at this path comes back as it was. */
  readonly version: string | null;
  readonly author: Author;
}

/** Tombstones that are read at a time. */
const pageItems = 500;

/**
 * A former version of the file at a path is shown again, as a new version; or what was deleted there comes back, a folder with what went
 * with it, by a change that can be undone. Contents need not be here. Answers the id that is at the path then.
 * Throws `unknown-path`, `unknown-version`, `already-exists`, `is-a-folder`, and what the commit throws.
 */
export async function restoreEntry(deps: RestoreDeps, wish: RestoreWish): Promise<EntryId> {
  const { space, names, version } = wish;
  await checkSpace(deps, space);
  const path = joinPath(names);
  const live = names.length === 0 ? null : await deps.store.entryAtPath(space, names);
  if (live !== null) {
    if (version === null)
      throw new JzseError('already-exists', `${path} is not deleted; name the version to show again`, { detail: { path } });
    return (await showAgain(deps, wish, live)).entryId;
  }
  const deleted = await newestAt(deps, space, names);
  if (deleted === null) throw new JzseError('unknown-path', `nothing at ${path} is deleted and still kept`, { detail: { path } });
  const former = await formerStates(deps, wish, deleted);
  const change = { changeId: deps.newUploadId(), what: `restore of ${path}` };
  const outcome = await returnEntries(deps, { space, author: wish.author, change, former });
  if (!isDone(outcome)) throw new JzseError('unknown-path', `${path} was restored or forgotten meanwhile`, { detail: { path } });
  return deleted.id;
}

const isDone = ({ done }: BulkOutcome): boolean => done.length > 0;

async function showAgain(deps: RestoreDeps, { space, names, version, author }: RestoreWish, entry: Entry): Promise<Outcome> {
  if (entry.kind === 'folder') throw new JzseError('is-a-folder', `${joinPath(names)} is a folder; only files have versions`);
  const { content, facts } = await deps.findVersion({ space, entry }, version ?? '');
  const decide = decideWrite({ names, content, facts, condition: always, base: null });
  const [outcome] = await commitVersion(deps, { space, author, decide: [decide], contents: [] });
  return outcome as Outcome;
}

async function newestAt({ tombstones }: RestoreDeps, space: SpaceId, names: readonly string[]): Promise<Entry | null> {
  const wanted = names.map(nameKey).join('/');
  for (let after: string | null = null, more = true; more; ) {
    const page = await tombstones({ space, folder: null }, { after, limit: pageItems });
    const found = page.items.find((item) => item.names.length === names.length && item.names.map(nameKey).join('/') === wanted);
    if (found !== undefined) return found.entry;
    after = page.next;
    more = after !== null;
  }
  return null;
}

/** The entry as it was, and, of a folder, all that went by the same delete. */
async function formerStates(deps: RestoreDeps, { space, version }: RestoreWish, top: Entry): Promise<FormerState[]> {
  if (version !== null) {
    const head = await deps.findVersion({ space, entry: top }, version);
    return [{ id: top.id, entry: { ...top, deleted: null, heads: [head] } }];
  }
  const former = [asItWas(top)];
  for (let after: string | null = null, more = top.kind === 'folder'; more; ) {
    const page = await deps.tombstones({ space, folder: top.id }, { after, limit: pageItems });
    for (const { entry } of page.items) if (entry.id !== top.id && wentWith(entry, top)) former.push(asItWas(entry));
    after = page.next;
    more = after !== null;
  }
  return former;
}

const wentWith = (entry: Entry, top: Entry): boolean =>
  entry.deleted !== null && top.deleted !== null && sameDot(entry.deleted.dot, top.deleted.dot);

function asItWas(entry: Entry): FormerState {
  const { deleted } = entry;
  const byStamp = entry.trash.toSorted((left, right) => compareStamps(right.stamp, left.stamp));
  const gone = deleted === null ? [] : byStamp.filter((version) => sameDot(version.trashedBy, deleted.dot));
  return { id: entry.id, entry: { ...entry, deleted: null, heads: gone.length > 0 ? gone : byStamp.slice(0, 1) } };
}
