import { encodeFrameHeader } from '@jzse/api';
import type { FileCommit } from '@jzse/api/edge';
import type { Hash } from '@jzse/sync';
import { dotKey, encodeManifest, regionId, rootId } from '@jzse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, moveEntry, removeEntry } from '../../src/write/change-tree.ts';
import { commitFiles } from '../../src/write/commit-files.ts';
import { always } from '../../src/write/decide-write.ts';
import type { WritingRegion } from './writing-region.ts';
import {
  bearer,
  bytesOf,
  chunksOf,
  codeOf,
  contentAt,
  entryAt,
  openWritingRegion,
  sha256,
  space,
  temporaryFolder,
} from './writing-region.ts';

const temporary = temporaryFolder();
const author = { user: 'u', device: 'd', region: regionId('beijing') };
let region: WritingRegion;
beforeAll(async () => {
  region = await openWritingRegion({ folder: temporary.folder });
});
afterAll(async () => {
  await region.close();
  temporary.remove();
});

const frame = (bytes: Uint8Array, hash: Hash = sha256(bytes)): Buffer => Buffer.concat([encodeFrameHeader(hash, bytes.length), bytes]);
const send = (body: Uint8Array): Promise<Response> =>
  fetch(`${region.url}/chunks/write`, { method: 'POST', headers: bearer, body: Buffer.from(body) });
const isHere = async (bytes: Uint8Array): Promise<boolean> => (await region.chunks.get(sha256(bytes))) !== null;

/** A file as a client names it, without its bytes. */
function fileCommit(path: string, bytes: Uint8Array, change: Partial<FileCommit> = {}): FileCommit {
  const chunks = chunksOf(bytes);
  const manifest = chunks.length < 2 ? null : sha256(encodeManifest(chunks));
  const content = { hash: sha256(bytes), size: bytes.length, manifest };
  return { path, content, chunks, modifiedMs: null, mediaType: null, ifMatch: null, ifAbsent: false, base: null, ...change };
}
function framesOf(bytes: Uint8Array): Buffer {
  let at = 0;
  const frames = chunksOf(bytes).map(({ size }) => {
    at += size;
    return frame(bytes.subarray(at - size, at));
  });
  return Buffer.concat(frames);
}
const commit = (...files: readonly FileCommit[]) => commitFiles(region.deps, { space, files, author });
const refusal = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing',
    (cause: { readonly code?: string; readonly name: string }) => cause.code ?? cause.name,
  );

describe('POST /chunks/write', () => {
  test('takes many frames, small and large, however the network cut them', async () => {
    const chunks = [...Array.from({ length: 300 }, (_, at) => bytesOf(4096, at + 1)), bytesOf(2_000_000, 900), bytesOf(1, 901)];
    const body = Buffer.concat(chunks.map((bytes) => frame(bytes)));
    const stream = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 77_777) controller.enqueue(body.subarray(at, at + 77_777));
        controller.close();
      },
    });
    const init = { method: 'POST', headers: bearer, body: stream, duplex: 'half' };
    expect((await fetch(`${region.url}/chunks/write`, init)).status).toBe(204);
    expect(await region.chunks.missing(chunks.map(sha256))).toEqual([]);
    expect(await Promise.all(chunks.map(isHere))).not.toContain(false);
  });

  test('refuses bytes that are not those of the hash', async () => {
    const wrong = await send(frame(Buffer.from('hello'), sha256(Buffer.from('hullo'))));
    expect([wrong.status, await codeOf(wrong)]).toEqual([460, 'checksum-mismatch']);
    expect(await isHere(Buffer.from('hullo'))).toBe(false);
  });

  test('refuses what is no whole frame', async () => {
    const whole = frame(Buffer.from('cut off'));
    for (const body of [
      whole.subarray(0, 10),
      whole.subarray(0, -1),
      encodeFrameHeader(sha256(whole), null),
      encodeFrameHeader(sha256(whole), 99_999_999),
    ])
      expect((await send(body)).status).toBe(400);
    expect(await isHere(Buffer.from('cut off'))).toBe(false);
  });
});

describe('commitFiles', () => {
  test('commits many files at once, folders made once, in one batch of operations', async () => {
    const contents = Array.from({ length: 100 }, (_, at) => bytesOf(1000 + at, at + 5000));
    const large = bytesOf(3_000_000, 6000);
    const files = [...contents.map((bytes, at) => fileCommit(`/bulk/${at % 5}/f${at}`, bytes)), fileCommit('/bulk/large', large)];
    expect(await refusal(commit(...files))).toBe('chunks-missing');
    await send(Buffer.concat([...contents.map((bytes) => frame(bytes)), framesOf(large)]));
    const commits = region.committed.length;
    const outcomes = await commit(...files, fileCommit('/bulk/empty', Buffer.alloc(0)));
    expect(outcomes.map((outcome) => outcome.path)).toEqual([...files.map((file) => file.path), '/bulk/empty']);
    expect(region.committed.length).toBe(commits + 1);
    expect(region.committed.at(-1)?.operations).toHaveLength(6 + 102);
    expect(await contentAt(region, '/bulk/3/f33')).toEqual(contents[33]);
    expect((await contentAt(region, '/bulk/large'))?.equals(large)).toBe(true);
    expect((await contentAt(region, '/bulk/empty'))?.length).toBe(0);
    const counters = region.committed.at(-1)?.operations.map((operation) => operation.dot.counter) ?? [];
    expect(counters).toEqual(counters.map((_, at) => (counters[0] ?? 0) + at));
  });

  test('all or none', async () => {
    await send(frame(Buffer.from('one')));
    await commit(fileCommit('/none/there', Buffer.from('one')));
    const refused = commit(fileCommit('/none/new', Buffer.from('one')), fileCommit('/none/there', Buffer.from('one'), { ifAbsent: true }));
    expect(await refusal(refused)).toBe('precondition-failed');
    expect(await entryAt(region, '/none/new')).toBeNull();
  });

  test('the same path twice in a batch: the later one is the newer version', async () => {
    await send(Buffer.concat([frame(Buffer.from('first')), frame(Buffer.from('later'))]));
    const outcomes = await commit(fileCommit('/twice', Buffer.from('first')), fileCommit('/TWICE', Buffer.from('later')));
    expect((await contentAt(region, '/twice'))?.toString()).toBe('later');
    const entry = await entryAt(region, '/twice');
    expect(entry?.heads.map((head) => dotKey(head.dot))).toEqual([dotKey(outcomes[1]!.version!)]);
    expect((await region.store.listVersions(space, entry!.id, { after: null, limit: 9 })).items).toHaveLength(2);
  });

  test('[SY2] heeds the version that was named, and takes an older base as a sibling', async () => {
    for (const text of ['v1', 'v2', 'v3']) await send(frame(Buffer.from(text)));
    const [first] = await commit(fileCommit('/versions', Buffer.from('v1')));
    expect(await refusal(commit(fileCommit('/versions', Buffer.from('v2'), { ifMatch: 'beijing:1/99999' })))).toBe('precondition-failed');
    await commit(fileCommit('/versions', Buffer.from('v2'), { ifMatch: dotKey(first!.version!) }));
    await commit(fileCommit('/versions', Buffer.from('v3'), { base: [first!.version!] }));
    expect((await entryAt(region, '/versions'))?.heads).toHaveLength(2);
  });

  test('nobody can give a content the name of another', async () => {
    const real = bytesOf(1_500_000, 7001);
    const forged = bytesOf(1_500_000, 7002);
    await send(Buffer.concat([framesOf(forged), frame(Buffer.from('small'))]));
    const named = fileCommit('/forged', forged);
    const forge = (content: Partial<FileCommit['content']>, chunks = named.chunks) =>
      refusal(commit({ ...named, content: { ...named.content, ...content }, chunks }));
    expect(await forge({ hash: sha256(real) })).toBe('checksum-mismatch');
    expect(await forge({ size: 1_500_001 })).toBe('checksum-mismatch');
    expect(await forge({ manifest: sha256(Buffer.from('x')) })).toBe('checksum-mismatch');
    const small = fileCommit('/forged', Buffer.from('small'));
    const chunk = { hash: sha256(Buffer.from('small')), size: 6 };
    expect(await refusal(commit({ ...small, content: { ...small.content, size: 6 }, chunks: [chunk] }))).toBe('checksum-mismatch');
    expect(await refusal(commit({ ...small, content: { ...small.content, hash: sha256(real) } }))).toBe('checksum-mismatch');
    expect(await refusal(commit({ ...small, content: { ...small.content, manifest: chunk.hash } }))).toBe('invalid-input');
    expect(await entryAt(region, '/forged')).toBeNull();
    const lengthened = named.chunks.map((line, at) => ({ ...line, size: line.size + (at === 0 ? 1 : at === 1 ? -1 : 0) }));
    expect(await forge({ manifest: sha256(encodeManifest(lengthened)) }, lengthened)).toBe('checksum-mismatch');
    await commit(named);
    expect((await contentAt(region, '/forged'))?.equals(forged)).toBe(true);
  });

  test('the same bytes cut otherwise keep the manifest that is here', async () => {
    const bytes = bytesOf(2_000_000, 7100);
    await send(Buffer.concat([framesOf(bytes), frame(bytes.subarray(0, 1_000_000)), frame(bytes.subarray(1_000_000))]));
    await commit(fileCommit('/cut/here', bytes));
    const halves = [bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)].map((half) => ({ hash: sha256(half), size: half.length }));
    const other = fileCommit('/cut/other', bytes);
    await commit({ ...other, content: { ...other.content, manifest: sha256(encodeManifest(halves)) }, chunks: halves });
    const manifests = await Promise.all(
      ['/cut/here', '/cut/other'].map(async (path) => (await entryAt(region, path))?.heads[0]?.content.manifest),
    );
    expect(manifests[0]).toBe(manifests[1]);
  });

  test('a name that cannot be stored, a space that is not there', async () => {
    await send(frame(Buffer.from('x')));
    expect(await refusal(commit(fileCommit('/../x', Buffer.from('x'))))).toBe('InvalidPath');
    expect(
      await refusal(commitFiles(region.deps, { space: 'nowhere' as typeof space, files: [fileCommit('/x', Buffer.from('x'))], author })),
    ).toBe('unknown-space');
  });
});

describe('the tree', () => {
  const folder = (path: string) => makeFolder(region.deps, { space, path, author });
  const move = (from: string, to: string) => moveEntry(region.deps, { space, from, to, author });
  const remove = (...names: readonly string[]) => removeEntry(region.deps, { space, names, author, condition: always });
  const file = async (path: string) => {
    await send(frame(Buffer.from(path)));
    await commit(fileCommit(path, Buffer.from(path)));
  };

  test('folders are made with those above, and once', async () => {
    const made = await folder('/t/a/b');
    expect([made.created, made.path, made.version]).toEqual([true, '/t/a/b', null]);
    expect(await folder('/T/A/b/')).toEqual({ ...made, created: false, entry: null });
    expect((await folder('/')).entryId).toBe(rootId);
    await file('/t/file');
    expect(await refusal(folder('/t/file'))).toBe('already-exists');
    expect(await refusal(folder('/t/file/x'))).toBe('not-a-folder');
  });

  test('moves, and refuses what would break the tree', async () => {
    await folder('/m/a/b');
    await file('/m/file');
    await file('/m/other');
    expect((await move('/m/file', '/m/a/b/moved')).path).toBe('/m/a/b/moved');
    expect((await contentAt(region, '/m/a/b/moved'))?.toString()).toBe('/m/file');
    expect(await refusal(move('/m/other', '/m/a/b/Moved'))).toBe('already-exists');
    expect(await refusal(move('/m/a', '/m/a/b/a'))).toBe('would-make-cycle');
    expect(await refusal(move('/m/a', '/m/a/a'))).toBe('would-make-cycle');
    expect(await refusal(move('/m/nothing', '/m/x'))).toBe('unknown-path');
    expect(await refusal(move('/m/other', '/m/nowhere/x'))).toBe('unknown-path');
    expect(await refusal(move('/m/a', '/m/other/x'))).toBe('not-a-folder');
    expect(await refusal(move('/', '/m/x'))).toBe('invalid-input');
    expect(await refusal(move('/m/other', '/'))).toBe('invalid-input');
  });

  test('a name in another case is a rename; the same name is nothing', async () => {
    await file('/c/name');
    await move('/c/name', '/c/NAME');
    expect((await entryAt(region, '/c/name'))?.name).toBe('NAME');
    const commits = region.committed.length;
    await move('/c/name', '/c/NAME');
    expect(region.committed.length).toBe(commits);
  });

  test('[SY4] a delete names what was seen below', async () => {
    await folder('/d/a');
    await file('/d/a/file');
    await remove('d');
    const operation = region.committed.at(-1)?.operations[0];
    expect(operation?.type === 'delete' ? operation.observed.length : 0).toBe(3);
    expect(await entryAt(region, '/d/a/file')).toBeNull();
    expect(await refusal(remove('d'))).toBe('unknown-path');
    expect(await refusal(remove())).toBe('invalid-input');
  });
});
