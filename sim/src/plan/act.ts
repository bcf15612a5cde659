import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { MetadataStore } from '@jzse/db/hub';
import type { Entry, Hash } from '@jzse/sync';
import { dotKey, joinPath, rootId, splitPath, winner } from '@jzse/sync';
import { findVersion } from '../../../apps/edge-node/src/read/find-version.ts';
import { tombstones } from '../../../apps/edge-node/src/read/list-deleted.ts';
import { openManifest } from '../../../apps/edge-node/src/read/open-manifest.ts';
import { streamChunks } from '../../../apps/edge-node/src/read/stream-chunks.ts';
import { acceptUpload } from '../../../apps/edge-node/src/write/accept-upload.ts';
import { makeFolder, moveEntry, removeEntry } from '../../../apps/edge-node/src/write/change-tree.ts';
import { commitFiles } from '../../../apps/edge-node/src/write/commit-files.ts';
import { always, type WriteCondition } from '../../../apps/edge-node/src/write/decide-write.ts';
import { resolveConflict } from '../../../apps/edge-node/src/write/resolve-conflict.ts';
import { restoreEntry } from '../../../apps/edge-node/src/write/restore-entry.ts';
import { storeBytes } from '../../../apps/edge-node/src/write/store-bytes.ts';
import { listChanges, undoChange } from '../../../apps/edge-node/src/write/undo-change.ts';
import { space } from '../cluster/sim-hub.ts';
import type { RunningRegion, SimRegion } from '../cluster/sim-region.ts';
import type { ClientAction } from './steps.ts';

/** A content of a few bytes up to some hundred that no other write has. */
export const bytesOf = (value: number): Buffer => {
  const text = `content ${value}`;
  return Buffer.from(value % 2 === 0 ? text : text.padEnd(80 + (value % 7) * 40, '.'));
};
export const hashOf = (value: number): Hash => createHash('sha256').update(bytesOf(value)).digest('hex') as Hash;

/** Does what a person wants through the region's own paths; resolves when the person is answered, with what is worth telling. */
export async function act(region: SimRegion, running: RunningRegion, action: ClientAction): Promise<string> {
  const { write } = running;
  const { author } = region;
  switch (action.do) {
    case 'write':
      return action.base === 'stale' ? writeStale(region, running, action) : upload(region, running, { ...action, condition: always });
    case 'write-if':
      return upload(region, running, { ...action, condition: await conditionOf(running, action) });
    case 'read':
      return read(running, action.path);
    case 'make-folder':
      return (await makeFolder(write, { space, path: action.path, author })).path;
    case 'move':
      return (await moveEntry(write, { space, from: action.from, to: action.to, author })).path;
    case 'delete':
      return (await removeEntry(write, { space, names: splitPath(action.path), author, condition: always })).path;
    case 'restore':
      return restore(region, running, action);
    case 'resolve':
      return resolve(region, running, action);
    case 'undo':
      return undo(region, running, action.nth);
  }
}

const facts = { mediaType: null, modifiedMs: null };

async function upload(
  { author }: SimRegion,
  { write }: RunningRegion,
  { path, value, condition }: { readonly path: string; readonly value: number; readonly condition: WriteCondition },
): Promise<string> {
  const bytes = bytesOf(value);
  const body = Readable.from([bytes]);
  const names = splitPath(path);
  const whole = { length: bytes.length, canAnswer: () => true, expectedHash: null };
  const outcome = await acceptUpload(write, { space, names, body, ...whole, facts, condition, author });
  return `${outcome.path} is ${outcome.version === null ? 'as it was' : dotKey(outcome.version)}`;
}

/** As a device that was offline: chunks first, then a version that names the oldest one as its base. */
async function writeStale(
  { author }: SimRegion,
  { write }: RunningRegion,
  { path, value }: { readonly path: string; readonly value: number },
): Promise<string> {
  const stored = await storeBytes(write, Uint8Array.from(bytesOf(value)));
  const entry = await write.store.entryAtPath(space, splitPath(path));
  const oldest = entry === null ? null : await oldestOf(write.store, entry);
  const base = oldest === null ? [] : [oldest];
  const file = { path, ...stored, ...facts, base, ifMatch: null, ifAbsent: false };
  const [outcome] = await commitFiles(write, { space, files: [file], author });
  return `${outcome?.path} from ${base.map(dotKey).join() || 'nothing'}`;
}

async function oldestOf(store: MetadataStore, { id }: Entry) {
  const { items } = await store.listVersions(space, id, { after: null, limit: 100 });
  return items.at(-1)?.dot ?? null;
}

async function conditionOf(
  { write }: RunningRegion,
  { path, expects }: ClientAction & { readonly do: 'write-if' },
): Promise<WriteCondition> {
  if (expects === 'nothing') return { ifMatch: null, ifNoneMatch: 'any' };
  const entry = await write.store.entryAtPath(space, splitPath(path));
  if (entry === null) return { ifMatch: 'any', ifNoneMatch: null };
  const dot = expects === 'current' ? winner(entry)?.dot : await oldestOf(write.store, entry);
  return { ifMatch: dot === null || dot === undefined ? 'any' : [dotKey(dot)], ifNoneMatch: null };
}

/** All bytes, from here or from another region. */
async function read({ read: deps }: RunningRegion, path: string): Promise<string> {
  const entry = await deps.store.entryAtPath(space, splitPath(path));
  const version = entry === null ? null : winner(entry);
  if (version === null) return 'nothing';
  const { content } = version;
  const signal = new AbortController().signal;
  const chunks = await openManifest(deps, { space, content, signal });
  const hash = createHash('sha256');
  for await (const bytes of streamChunks(deps, { space, content, chunks, range: { start: 0, end: content.size }, signal }))
    hash.update(bytes);
  if (hash.digest('hex') !== content.hash) throw new Error(`${path} has other bytes than its version ${dotKey(version.dot)}`);
  return dotKey(version.dot);
}

async function restore(
  { author }: SimRegion,
  { write, read: deps }: RunningRegion,
  { path, nth }: { readonly path: string; readonly nth: number },
): Promise<string> {
  const restoring = {
    ...write,
    findVersion: (at: Parameters<typeof findVersion>[1], version: string) => findVersion(deps, at, version),
    tombstones: ({ folder }: { readonly folder: Entry['id'] | null }, page: Parameters<typeof tombstones>[2]) =>
      tombstones(deps, { space, folder: folder ?? rootId }, page),
  };
  const names = splitPath(path);
  const live = await write.store.entryAtPath(space, names);
  const versions = live === null ? [] : (await write.store.listVersions(space, live.id, { after: null, limit: 10 })).items;
  const version = versions.length === 0 ? null : (versions[nth % versions.length] as (typeof versions)[number]);
  await restoreEntry(restoring, { space, names, version: version === null ? null : dotKey(version.dot), author });
  return `${joinPath(names)} from ${version === null ? 'the trash' : dotKey(version.dot)}`;
}

async function resolve(
  { author }: SimRegion,
  { write, read: deps }: RunningRegion,
  { path, choice }: ClientAction & { readonly do: 'resolve' },
): Promise<string> {
  const entry = await write.store.entryAtPath(space, splitPath(path));
  const heads = entry?.heads ?? [];
  const chosen = choice === 'first' ? heads[0] : heads.at(-1);
  if (heads.length < 2 || chosen === undefined) return 'no conflict';
  const resolving = { ...write, readText: () => Promise.reject(new Error('nothing is merged here')) };
  void deps;
  const request = { space, path, seen: null, author };
  const made =
    choice === 'keep-both'
      ? await resolveConflict(resolving, { ...request, choice: { type: 'keep-both' } })
      : await resolveConflict(resolving, { ...request, choice: { type: 'version', version: dotKey(chosen.dot) } });
  return `${made.path} of ${heads.length} versions`;
}

async function undo({ author }: SimRegion, { write }: RunningRegion, nth: number): Promise<string> {
  const changes = await listChanges(write, space);
  const change = changes[nth % Math.max(1, changes.length)];
  if (change === undefined) return 'nothing to undo';
  const { done, skipped } = await undoChange(write, { space, changeId: change.changeId, author });
  return `${done.length} entries, ${skipped.length} left`;
}
