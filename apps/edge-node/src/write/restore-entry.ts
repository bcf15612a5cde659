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
 * with it, by a change that can be undone: beside what has its name by now, if something has. Contents need not be here. Answers the id
 * of what is back. Throws `unknown-path`, `unknown-version`, `already-exists`, `is-a-folder`, and what the commit throws.
 */
export async function restoreEntry(deps: RestoreDeps, wish: RestoreWish): Promise<EntryId> {
  const { space, names, version } = wish;
  await checkSpace(deps, space);
  const path = joinPath(names);
  const live = names.length === 0 ? null : await deps.store.entryAtPath(space, names);
  const former = live === null || version === null ? null : await versionOf(deps, { space, entry: live }, version);
  if (live !== null && former !== null) return (await showAgain(deps, wish, former)).entryId;
  const deleted = await newestAt(deps, wish);
  if (deleted === null) throw nothingToRestore(path, { live, version });
  const change = { changeId: deps.newUploadId(), what: `restore of ${path}` };
  const outcome = await returnEntries(deps, { space, author: wish.author, change, former: await formerStates(deps, wish, deleted) });
  if (!isDone(outcome)) throw new JzseError('unknown-path', `${path} was restored or forgotten meanwhile`, { detail: { path } });
  return deleted.id;
}

function nothingToRestore(path: string, { live, version }: { readonly live: Entry | null; readonly version: string | null }): JzseError {
  const detail = { path };
  if (live === null && version === null) return new JzseError('unknown-path', `nothing at ${path} is deleted and still kept`, { detail });
  if (version === null) return new JzseError('already-exists', `${path} is not deleted; name the version to show again`, { detail });
  if (live?.kind === 'folder') return new JzseError('is-a-folder', `${path} is a folder; only files have versions`, { detail });
  return new JzseError(
    'unknown-version',
    `neither what is at ${path} nor what was deleted there has this version; the history lists them`,
    {
      detail: { path, version: version.slice(0, 100) },
    },
  );
}

/** Null: it has no such version. */
async function versionOf({ findVersion }: RestoreDeps, at: Parameters<RestoreDeps['findVersion']>[0], version: string) {
  if (at.entry.kind === 'folder') return null;
  try {
    return await findVersion(at, version);
  } catch (cause) {
    if (cause instanceof JzseError && cause.code === 'unknown-version') return null;
    throw cause;
  }
}

const isDone = ({ done }: BulkOutcome): boolean => done.length > 0;

async function showAgain(deps: RestoreDeps, { space, names, author }: RestoreWish, former: Version): Promise<Outcome> {
  const { content, facts } = former;
  const decide = decideWrite({ names, content, facts, condition: always, base: null });
  const [outcome] = await commitVersion(deps, { space, author, decide: [decide], contents: [] });
  return outcome as Outcome;
}

/** What was deleted last at a path; with a version named, what had that one. */
async function newestAt(deps: RestoreDeps, { space, names, version }: RestoreWish): Promise<Entry | null> {
  const wanted = names.map(nameKey).join('/');
  for (let after: string | null = null, more = true; more; ) {
    const page = await deps.tombstones({ space, folder: null }, { after, limit: pageItems });
    for (const item of page.items) {
      if (item.names.length !== names.length || item.names.map(nameKey).join('/') !== wanted) continue;
      if (version === null || (await versionOf(deps, { space, entry: item.entry }, version)) !== null) return item.entry;
    }
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
