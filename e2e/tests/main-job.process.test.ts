import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { regionNames, startCluster, type TestCluster } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import { callEdge, type EdgeCalls } from '../src/edge-calls.ts';
import { randomBytes, sha256 } from '../src/random-bytes.ts';
import { createTusUpload } from '../src/tus-upload.ts';
import { waitFor } from '../src/wait-for.ts';

describe('three regions started by jzse up', () => {
  let cluster: TestCluster;
  let beijing: EdgeCalls;
  let shanghai: EdgeCalls;
  let shenzhen: EdgeCalls;
  let all: readonly EdgeCalls[];

  beforeAll(async () => {
    cluster = await startCluster();
    all = regionNames.map((name) => callEdge(cluster.regions[name].url, cluster.token));
    [beijing, shanghai, shenzhen] = all as [EdgeCalls, EdgeCalls, EdgeCalls];
  });
  afterAll(() => cluster?.stop());

  test('the token is kept for its owner only, and is the one of the ready line', () => {
    const file = join(cluster.dataDir, 'token');
    expect(readFileSync(file, 'utf8').trim()).toBe(cluster.token);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('what is put in one region is read in the others, byte for byte, under the same version', async () => {
    const contents = { empty: Buffer.alloc(0), small: randomBytes('small', 4096), large: randomBytes('large', 9 * 1024 * 1024 + 7) };
    for (const [name, bytes] of Object.entries(contents)) {
      const version = await beijing.put(`/put/${name}.bin`, bytes);
      for (const other of [shanghai, shenzhen]) {
        const entry = await waitFor({ what: `${name} is listed at ${other.url}` }, () => other.stat(`/put/${name}.bin`));
        expect(entry).toMatchObject({ size: bytes.length, hash: sha256(bytes), version, siblings: 1 });
        expect((await other.get(`/put/${name}.bin`)).equals(bytes)).toBe(true);
      }
    }
  });

  test('an upload in two parts arrives whole', async () => {
    const bytes = randomBytes('tus', 5 * 1024 * 1024);
    const upload = await createTusUpload(beijing, '/tus/five.bin', bytes.length);
    expect(await upload.append(0, bytes.subarray(0, 3_000_001))).toBe(3_000_001);
    expect(await upload.offset()).toBe(3_000_001);
    expect(await upload.append(3_000_001, bytes.subarray(3_000_001))).toBe(bytes.length);
    for (const edge of all) {
      const got = await waitFor({ what: `the upload at ${edge.url}` }, () => edge.get('/tus/five.bin'));
      expect(got.equals(bytes)).toBe(true);
    }
  });

  test('a range is a part, and a version is read after it was superseded', async () => {
    const [before, after] = [randomBytes('before', 700_000), randomBytes('after', 600_000)];
    const version = await beijing.put('/ranges/file.bin', before);
    await beijing.put('/ranges/file.bin', after);
    await waitFor({ what: 'the second version in Shanghai' }, async () => (await shanghai.stat('/ranges/file.bin')).hash === sha256(after));
    expect(await shanghai.get('/ranges/file.bin', { start: 599_000 })).toEqual(after.subarray(599_000));
    const old = await shanghai.request(`/files/demo/ranges/file.bin?version=${encodeURIComponent(version)}`);
    expect(sha256(Buffer.from(await old.arrayBuffer()))).toBe(sha256(before));
  });

  test('folders, moves and deletes converge, and every version stays in the history', async () => {
    await shanghai.makeFolder('/work/plans/2026');
    const first = await shanghai.put('/work/plans/2026/a.txt', Buffer.from('first'));
    await shanghai.put('/work/plans/2026/b.txt', Buffer.from('b'));
    await waitForConvergence(all);
    const second = await shenzhen.put('/work/plans/2026/a.txt', Buffer.from('second'));
    await waitForConvergence(all);
    await beijing.move('/work/plans', '/work/old plans');
    await beijing.remove('/work/old plans/2026/b.txt');
    await waitForConvergence(all);
    for (const edge of all) {
      expect((await edge.tree('/work')).map((entry) => entry.path)).toEqual([
        '/work/old plans',
        '/work/old plans/2026',
        '/work/old plans/2026/a.txt',
      ]);
      expect((await edge.history('/work/old plans/2026/a.txt')).map((version) => version.version)).toEqual([second, first]);
      await expect(edge.get('/work/plans/2026/a.txt')).rejects.toMatchObject({ code: 'unknown-path' });
    }
  });

  test('files that three regions write at once under one name are all kept, and all regions show the same one', async () => {
    const versions = await Promise.all(all.map((edge, index) => edge.put('/contested.txt', Buffer.from(`from region ${index}`))));
    await waitForConvergence(all);
    const shown = await Promise.all(all.map((edge) => edge.stat('/contested.txt')));
    expect(new Set(shown.map((entry) => entry.version)).size).toBe(1);
    const kept = (await beijing.history('/contested.txt')).map((version) => version.version);
    expect(new Set(kept)).toEqual(new Set(versions));
  });

  test('the folder listing that plain clients get is the same everywhere', async () => {
    await waitForConvergence(all);
    const listings = await Promise.all(all.map(async (edge) => (await edge.request('/files/demo/put')).json()));
    expect(JSON.stringify(listings[0])).toContain('large.bin');
    expect(listings[1]).toEqual(listings[0]);
    expect(listings[2]).toEqual(listings[0]);
  });

  test('a region and a hub that are killed are started again, and go on', async () => {
    for (const name of ['beijing', 'hub'] as const) {
      const before = cluster.pidOf(name);
      cluster.kill(name);
      await waitFor({ what: `another process is ${name}` }, () => cluster.pidOf(name) !== before);
      await cluster.waitReady(name);
    }
    await beijing.put('/after the fall.txt', Buffer.from('still here'));
    await waitForConvergence(all);
  });

  test('the token is in nothing that was printed', () => {
    expect(cluster.log().length).toBeGreaterThan(200);
    expect(
      cluster
        .log()
        .replace(/^\{"ready":true.*$/m, '')
        .includes(cluster.token),
    ).toBe(false);
  });

  test('a stop is clean', async () => {
    const pids = [cluster.pidOf('hub'), ...regionNames.map((name) => cluster.pidOf(name))];
    expect(await cluster.stop()).toBe(0);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
