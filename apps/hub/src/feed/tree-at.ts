import { JzseError } from '@jzse/api';
import type { HubServices, PastTreePage } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { Entry, EntryId, FeedPosition, Forks, RegionId, SpaceId } from '@jzse/sync';
import { joinPath, nameKey, regionId, rootEntry, rootId, splitPath } from '@jzse/sync';
import type { PastStore, PastTree } from './past-tree.ts';
import { logTree, pastChild } from './past-tree.ts';
import type { SeenDeps } from './seen-by-region.ts';
import { seenByRegion } from './seen-by-region.ts';

export interface TreeAtDeps {
  readonly store: PastStore & SeenDeps['store'] & Pick<HubStore, 'head' | 'sequenceAt' | 'pastBegins' | 'progressAt'>;
}
type Request = Parameters<HubServices['treeAt']>[0];

/**
 * What stood below a folder at a moment (of a file: itself), folders before what is in them. The first page decides which place of the
 * log the moment stands for, its cursor says so, and the following ones go on from there. Throws `history-ended`, also before the
 * beginning, and `unknown-path`.
 */
export function treeAt({ store }: TreeAtDeps): HubServices['treeAt'] {
  return async (request) => {
    const { space, moment } = request;
    const { position: head, forks } = await store.head(space);
    const cursor = parseCursor(request.after);
    const region = moment.region === null ? null : regionOf(moment.region);
    const sequence = cursor?.sequence ?? (await sequenceOf({ store }, request, { region, forks }));
    const past = logTree(store, space, sequence);
    const tree = region === null ? past : await seenByRegion({ store }, past, { space, region, atMs: moment.atMs, sequence, forks });
    const top = await standsAt(tree, request.path);
    const entries = await readPage(tree, top, { ...request, after: cursor?.entryId ?? null });
    return { position: { epoch: head.epoch, sequence }, ...pageOf(entries, sequence, request.limit) };
  };
}

interface Placed {
  readonly path: readonly string[];
  readonly entry: Entry;
}

/** Of one answer, one entry at least: where folders are nested thousands deep, or a file has thousands of heads, few entries are many bytes. */
const pageBytesMax = 4 * 1024 * 1024;

function pageOf(entries: readonly Placed[], sequence: number, limit: number): Pick<PastTreePage, 'entries' | 'next'> {
  const page: PastTreePage['entries'][number][] = [];
  let bytes = 0;
  for (const placed of entries.slice(0, limit)) {
    bytes += bytesOf(placed);
    if (page.length > 0 && bytes > pageBytesMax) break;
    page.push({ path: joinPath(placed.path), entry: placed.entry });
  }
  const last = page.at(-1);
  return { entries: page, next: entries.length > page.length && last !== undefined ? `${sequence}:${last.entry.id}` : null };
}

const bytesOf = ({ path, entry }: Placed): number =>
  path.reduce((sum, name) => sum + Buffer.byteLength(name) + 1, 0) + Buffer.byteLength(JSON.stringify(entry));

function parseCursor(text: string | null): { readonly sequence: number; readonly entryId: EntryId } | null {
  if (text === null) return null;
  const [, sequence, id] = /^(\d{1,15}):(.{1,64})$/.exec(text) ?? [];
  if (sequence === undefined || id === undefined)
    throw new JzseError('invalid-input', 'this is not a cursor of this listing: start it again');
  return { sequence: Number(sequence), entryId: id as EntryId };
}

function regionOf(text: string): RegionId {
  try {
    return regionId(text);
  } catch (cause) {
    throw new JzseError('invalid-input', `${text} is not the id of a region`, { cause });
  }
}

/** The place of the log that a moment stands for. What a region had applied in an epoch that is over counts as far as the log kept it. */
async function sequenceOf(
  { store }: TreeAtDeps,
  { space, moment }: Request,
  { region, forks }: { readonly region: RegionId | null; readonly forks: Forks },
): Promise<number> {
  const reached = await store.sequenceAt(space, moment.atMs);
  if (reached === null) throw historyEnded(space, moment.atMs, await store.pastBegins(space));
  if (region === null) {
    if (reached > 0) return reached;
    // Not an empty tree: who goes back to it would delete all that there is.
    const beginsMs = await store.pastBegins(space);
    if (beginsMs !== null && moment.atMs < beginsMs) throw historyEnded(space, moment.atMs, beginsMs);
    return reached;
  }
  const position = await store.progressAt(region, space, moment.atMs);
  if (position === null) throw notTold(space, region, moment.atMs);
  return keptOf(position, forks);
}

function keptOf({ epoch, sequence }: FeedPosition, forks: Forks): number {
  const ends = Object.entries(forks).filter(([ended]) => Number(ended) >= epoch);
  return ends.reduce((kept, [, end]) => Math.min(kept, end), sequence);
}

/** The past of the space may well reach back so far. */
function notTold(space: SpaceId, region: RegionId, atMs: number): JzseError {
  const at = new Date(atMs).toISOString();
  return new JzseError(
    'history-ended',
    `${region} had not told by ${at} how far it was in ${space}: check its name, ask for a later moment, or leave the region out`,
    { detail: { space, region, atMs } },
  );
}

function historyEnded(space: SpaceId, atMs: number, beginsMs: number | null): JzseError {
  const later = beginsMs === null || beginsMs <= atMs ? 'a later moment' : `${new Date(beginsMs).toISOString()} or later`;
  return new JzseError('history-ended', `the past of ${space} does not reach back to ${new Date(atMs).toISOString()}: ask for ${later}`, {
    detail: { space, atMs, beginsMs },
  });
}

async function standsAt(tree: PastTree, path: string): Promise<Placed> {
  const names = splitPath(path);
  let placed: Placed = { path: [], entry: rootEntry };
  for (const name of names) {
    const child = placed.entry.kind === 'folder' ? await pastChild(tree, placed.entry.id, name) : null;
    if (child === null) throw new JzseError('unknown-path', `nothing was at ${path} then`, { detail: { path } });
    placed = { path: [...placed.path, child.name], entry: child };
  }
  return placed;
}

/** One entry more than go into a page, if there is one. */
async function readPage(
  tree: PastTree,
  top: Placed,
  { recursive, after, limit }: { readonly recursive: boolean; readonly after: EntryId | null; readonly limit: number },
): Promise<readonly Placed[]> {
  if (top.entry.kind === 'file') return after === null ? [top] : [];
  const open = after === null ? [openFolder(top)] : await openFolders(tree, top, { after, recursive });
  const found: Placed[] = [];
  let bytes = 0;
  const isFull = (): boolean => found.length > limit || (found.length > 1 && bytes > pageBytesMax);
  for (let folder = open.at(-1); folder !== undefined && !isFull(); folder = open.at(-1)) {
    const entry = await nextChild(tree, folder, limit + 1 - found.length);
    if (entry === null) open.pop();
    else {
      const placed = { path: [...folder.path, entry.name], entry };
      found.push(placed);
      bytes += bytesOf(placed);
      if (recursive && isFolder(entry)) open.push(openFolder(placed));
    }
  }
  return found;
}

const isFolder = ({ kind }: Entry): boolean => kind === 'folder';

/** A folder that is being listed: what was read of it and not listed yet, and the name key to read on from (undefined: it is all read). */
interface OpenFolder extends Placed {
  readonly unread: Entry[];
  after: string | null | undefined;
}
const openFolder = (placed: Placed): OpenFolder => ({ ...placed, unread: [], after: null });

async function nextChild(tree: PastTree, folder: OpenFolder, limit: number): Promise<Entry | null> {
  if (folder.unread.length === 0 && folder.after !== undefined) {
    const page = await tree.children(folder.entry.id, { after: folder.after, limit });
    folder.unread.push(...page);
    const last = page.at(-1);
    folder.after = last === undefined || page.length < limit ? undefined : nameKey(last.name);
  }
  return folder.unread.shift() ?? null;
}

/** The folders that were open when a page ended with an entry, from the top down. */
async function openFolders(
  tree: PastTree,
  top: Placed,
  { after, recursive }: { readonly after: EntryId; readonly recursive: boolean },
): Promise<OpenFolder[]> {
  const above: Entry[] = [];
  for (let id: EntryId | null = after; id !== null && id !== top.entry.id; ) {
    const entry: Entry | null = id === rootId ? null : await tree.entry(id);
    if (entry === null) throw new JzseError('invalid-input', 'this is not a cursor of this listing: start it again');
    above.unshift(entry);
    id = entry.parentId;
  }
  const open: OpenFolder[] = [openFolder(top)];
  for (const entry of above) {
    const parent = open.at(-1);
    if (parent === undefined) break;
    parent.after = nameKey(entry.name);
    if (isFolder(entry) && (recursive || entry.id !== after)) open.push(openFolder({ path: [...parent.path, entry.name], entry }));
  }
  return open;
}
