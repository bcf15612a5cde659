import type { ConflictChoice } from '@jzse/api/edge';
import { dotKey, encodeManifest, utcDate } from '@jzse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConflictedRegion, codeOf, keys, lin, namesIn, openConflictedRegion, space, wei } from './conflicted-region.ts';
import { bytesOf, chunksOf, sha256 } from './writing-region.ts';

let at: ConflictedRegion;
beforeAll(async () => {
  at = await openConflictedRegion();
});
afterAll(() => at.close());

const resolve = (path: string, choice: ConflictChoice, seen: readonly string[] | null = null) =>
  at.services.resolveConflict({ space, path, seen, choice, author: wei });
const today = utcDate(Date.now());

describe('[SY7] one conflict', () => {
  test('ends with the version that was chosen; the others stay in the history', async () => {
    const [left, right] = await at.conflict('/v/a.txt', 'base', ['left', 'right']);
    expect(await at.heads('/v/a.txt')).toEqual(['right', 'left']);
    const shown = await resolve('/v/a.txt', { type: 'version', version: dotKey(left as never) });
    expect(shown).toMatchObject({ path: '/v/a.txt', siblings: 1, hash: sha256(Buffer.from('left')) });
    const [head] = (await at.entry('/v/a.txt')).heads;
    expect(new Set(keys(head?.parents ?? []))).toEqual(new Set(keys([left, right] as never)));
    const history = await at.region.store.listVersions(space, shown.id, { after: null, limit: 10 });
    expect(await Promise.all(history.items.map(({ content }) => at.textOf(content)))).toEqual(['left', 'right', 'left', 'base']);
    expect(await codeOf(resolve('/v/a.txt', { type: 'keep-both' }))).toBe('no-conflict');
    expect(await codeOf(resolve('/v/none.txt', { type: 'keep-both' }))).toBe('unknown-path');
    expect(await codeOf(resolve('/v', { type: 'keep-both' }))).toBe('is-a-folder');
  });

  test('leaves a version that the person had not seen', async () => {
    const [left, right] = await at.conflict('/v/seen.txt', 'base', ['left', 'right', 'later']);
    const shown = await resolve('/v/seen.txt', { type: 'version', version: dotKey(left as never) }, keys([left, right] as never));
    expect(shown.siblings).toBe(2);
    expect(new Set(await at.heads('/v/seen.txt'))).toEqual(new Set(['left', 'later']));
    expect(await codeOf(resolve('/v/seen.txt', { type: 'version', version: dotKey(right as never) }))).toBe('unknown-version');
    expect(await codeOf(resolve('/v/seen.txt', { type: 'version', version: 'nonsense' }))).toBe('unknown-version');
  });

  test('keeps all as files, named after where and when they were made; equal bytes only once', async () => {
    await at.conflict('/k/report.pdf', 'base', ['one', 'two', 'three']);
    expect(await resolve('/k/report.pdf', { type: 'keep-both' })).toMatchObject({ siblings: 1, hash: sha256(Buffer.from('three')) });
    const names = [`report (conflict beijing ${today}).pdf`, `report (conflict shanghai ${today}).pdf`, 'report.pdf'];
    expect(await namesIn(at, '/k')).toEqual(names);
    expect(await at.heads(`/k/${names[1]}`)).toEqual(['two']);
    const base = [(await at.entry('/k/report.pdf')).heads[0]?.dot as never];
    await at.put('/k/report.pdf', 'one', { base });
    await at.put('/k/report.pdf', 'four', { base, author: lin });
    await resolve('/k/report.pdf', { type: 'keep-both' });
    expect(await namesIn(at, '/k')).toEqual(names);
    // A conflict of what a conflict has named is named like the first.
    await at.conflict(`/k/${names[0]}`, null, ['five', 'six']);
    await resolve(`/k/${names[0]}`, { type: 'keep-both' });
    expect((await namesIn(at, '/k')).filter((name) => !names.includes(name)).every((name) => !name.includes(') ('))).toBe(true);
  });

  test('ends with a content of the person’s own, large ones too', async () => {
    await at.conflict('/v/own.bin', 'base', ['left', 'right']);
    const bytes = bytesOf(3_000_000, 7);
    const chunks = chunksOf(bytes);
    const manifest = sha256(encodeManifest(chunks));
    const choice: ConflictChoice = {
      type: 'content',
      content: { hash: sha256(bytes), size: bytes.length, manifest },
      chunks,
      mediaType: 'x/y',
    };
    expect(await codeOf(resolve('/v/own.bin', choice))).toBe('chunks-missing');
    let start = 0;
    for (const { hash, size } of chunks) {
      await at.region.chunks.put({ hash, bytes: bytes.subarray(start, start + size) });
      start += size;
    }
    expect(await resolve('/v/own.bin', choice)).toMatchObject({ siblings: 1, size: 3_000_000, mediaType: 'x/y' });
  });

  test('is none where the bytes are the same', async () => {
    await at.conflict('/v/same.txt', 'base', ['both', 'both']);
    expect(await at.heads('/v/same.txt')).toEqual(['both']);
  });
});

describe('[SY8] a merge that a person asks for', () => {
  const merge = (path: string, strategy: 'text' | 'json' | 'lines' | 'plugin' | 'keep-both' | null) =>
    resolve(path, { type: 'merge', strategy });

  test('has the changes of all sides, and names its parents', async () => {
    const dots = await at.conflict('/m/a.md', '1\n2\n3\n4\n5\n', ['one\n2\n3\n4\n5\n', '1\n2\n3\n4\nfive\n', '1\n2\nthree\n4\n5\n']);
    expect(await merge('/m/a.md', 'text')).toMatchObject({ siblings: 1 });
    expect(await at.heads('/m/a.md')).toEqual(['one\n2\nthree\n4\nfive\n']);
    expect(new Set(keys((await at.entry('/m/a.md')).heads[0]?.parents ?? []))).toEqual(new Set(keys(dots)));
    await at.conflict('/m/a.json', '{"a":1}', ['{"a":1,"b":2}', '{"a":3}']);
    await merge('/m/a.json', 'json');
    expect(await at.heads('/m/a.json')).toEqual(['{"a":3,"b":2}']);
    await at.conflict('/m/a.log', null, ['x\ny\n', 'y\nz\n']);
    await merge('/m/a.log', 'lines');
    expect(await at.heads('/m/a.log')).toEqual(['x\ny\nz\n']);
  });

  test('that collides leaves the conflict as it was and says where', async () => {
    await at.conflict('/m/b.md', 'a\nb\n', ['a\nX\n', 'a\nY\n']);
    await expect(merge('/m/b.md', 'text')).rejects.toMatchObject({ code: 'merge-failed', detail: { places: ['line 2'] } });
    await at.conflict('/m/b.bin', 'a', ['a\0b', 'c']);
    await expect(merge('/m/b.bin', 'text')).rejects.toMatchObject({ code: 'merge-failed', message: expect.stringMatching(/no text/) });
    expect((await at.entry('/m/b.md')).heads).toHaveLength(2);
  });

  test('goes by the policy of the space where no strategy is named', async () => {
    await at.conflict('/m/p.txt', 'base', ['left', 'right']);
    expect(await codeOf(merge('/m/p.txt', null))).toBe('merge-failed');
    expect(await codeOf(merge('/m/p.txt', 'plugin'))).toBe('merge-failed');
    const source =
      'export default ({ base, versions }) => ({ text: [base, ...versions.map(({ text, user }) => user + ":" + text)].join() });';
    await at.setPolicy({
      merge: [
        { glob: 'p.txt', strategy: 'plugin', source },
        { glob: '*.kb', strategy: 'keep-both' },
      ],
    });
    await merge('/m/p.txt', null);
    expect(await at.heads('/m/p.txt')).toEqual(['base,wei:left,lin:right']);
    await at.conflict('/m/x.kb', 'base', ['left', 'right']);
    expect(await merge('/m/x.kb', null)).toMatchObject({ siblings: 1 });
    expect(await namesIn(at, '/m')).toContain(`x (conflict beijing ${today}).kb`);
  });
});
