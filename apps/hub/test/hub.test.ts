import { TRPCClientError } from '@trpc/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { startTestHub, type TestHub, testFolder, token } from './test-hub.ts';
import { demo, sha256, TestRegion } from './test-region.ts';

const folder = testFolder();
let hub: TestHub;
let beijing: TestRegion;
let shanghai: TestRegion;
beforeAll(async () => {
  hub = await startTestHub(folder.path);
  beijing = new TestRegion('beijing', hub.url);
  shanghai = new TestRegion('shanghai', hub.url);
});
afterAll(async () => {
  await hub?.end('SIGTERM');
  folder.remove();
});

const codeOf = async (call: Promise<unknown>): Promise<unknown> => {
  const error = await call.then(
    () => null,
    (cause: unknown) => cause,
  );
  return error instanceof TRPCClientError ? error.data?.jzse?.code : error;
};

describe('a hub and two regions', () => {
  test('register, push, wake-up, pull, lease, settle, status', async () => {
    const secondsSince2026 = Math.floor((Date.now() - Date.UTC(2026, 0, 1)) / 1000);
    const life = Number(/^beijing:(\d+)$/.exec(await beijing.register())?.[1]);
    expect(life, 'above all that a hub before this one has issued').toBeGreaterThan(secondsSince2026 - 3_600);
    const replica = await shanghai.register();
    expect(await shanghai.register()).toBe(replica);
    await Promise.all([beijing.listen(), shanghai.listen()]);
    const epoch = await beijing.epoch();
    expect(shanghai.headSeen()).toEqual({ epoch, sequence: 0 });
    expect(shanghai.wakeUps[0]?.transfers).toBe(true);

    const operations = ['a.txt', 'b.txt', 'c.txt'].map((name) => beijing.createFile(name));
    const before = shanghai.wakeUps.length;
    expect(await beijing.push(operations)).toEqual({ acknowledged: 3, head: { epoch, sequence: 3 } });
    await eventually(() => shanghai.headSeen()?.sequence).toBe(3);
    await eventually(() => shanghai.wakeUps.slice(before).some(({ transfers }) => transfers)).toBe(true);

    const pulled = await shanghai.pull({ epoch, sequence: 0 }, { limit: 2 });
    if (pulled.type !== 'rows') throw new Error('rows expected');
    expect(pulled.rows.map(({ operation }) => operation)).toEqual(operations.slice(0, 2));
    expect(pulled.head).toEqual({ epoch, sequence: 3 });
    const rest = await shanghai.pull({ epoch, sequence: 2 });
    expect(rest.type === 'rows' && rest.rows.map(({ position }) => position.sequence)).toEqual([3]);

    const { leases } = await shanghai.transfers();
    expect(leases.map(({ content }) => content.hash).sort()).toEqual(['a.txt', 'b.txt', 'c.txt'].map(sha256).sort());
    expect(leases[0]?.sources).toEqual([{ region: 'beijing', url: 'http://beijing.example:7400' }]);
    expect((await shanghai.hub.status.query()).pendingTransfers).toMatchObject({ shanghai: 3, beijing: 0 });
    const [first, ...others] = leases.map(({ transferId }) => transferId);
    expect((await shanghai.transfers({ done: others, failed: [first ?? ''], want: 0 })).leases).toEqual([]);
    await shanghai.transfers({ held: [{ space: demo, hash: leases[0]?.content.hash ?? sha256('') }] });
    expect((await beijing.hub.holders.query({ space: demo, hash: sha256('b.txt') })).map(({ region }) => region).sort()).toEqual([
      'beijing',
      'shanghai',
    ]);

    await shanghai.hub.heartbeat.mutate({
      region: shanghai.id,
      capacity: { diskFreeBytes: 5, diskTotalBytes: 10, heldBytes: 3, outbox: 7 },
    });
    const status = await shanghai.hub.status.query();
    expect(status.spaces).toEqual([{ space: 'demo', head: { epoch, sequence: 3 } }]);
    expect(status.pendingTransfers).toMatchObject({ shanghai: 0 });
    expect(await shanghai.hub.regions.query()).toMatchObject([
      { id: 'beijing', healthy: true, outbox: null },
      { id: 'shanghai', healthy: true, diskFreeBytes: 5, outbox: 7, pendingTransfers: 0 },
    ]);
  });

  test('[SY1] a push that is sent again changes nothing', async () => {
    const operations = [beijing.createFile('again.txt'), beijing.createFile('twice.txt')];
    const first = await beijing.push(operations);
    expect(await beijing.push(operations)).toEqual(first);
    const third = beijing.createFile('third.txt');
    const both = await Promise.all([beijing.push([...operations, third]), beijing.push([...operations, third])]);
    expect(both.map(({ acknowledged }) => acknowledged)).toEqual([3, 3]);
    expect(both[1]?.head.sequence).toBe(first.head.sequence + 1);
  });

  test('[SY10] a push of another epoch is refused, and a pull of one is told to take a snapshot', async () => {
    const foreign = { epoch: 7, sequence: 1 };
    const operation = beijing.createFile('late.txt');
    expect(await codeOf(beijing.push([operation], 7))).toBe('epoch-mismatch');
    expect(await beijing.pull(foreign)).toEqual({ type: 'snapshot-needed' });
    expect(await beijing.pull({ epoch: await beijing.epoch(), sequence: 999 })).toEqual({ type: 'log-differs' });
    await beijing.push([operation]);
    const head = await beijing.hub.snapshotHead.query({ space: demo });
    expect(head.acknowledged).toEqual({ [beijing.replica ?? '']: beijing.counter });
    const { effects } = await beijing.hub.snapshotPage.query({ space: demo, after: null, limit: 1000 });
    expect(effects.some((effect) => effect.type === 'entry' && effect.entry.name === 'late.txt')).toBe(true);
  });

  test('a region that does not know a path, or lacks a content, is told where it is', async () => {
    const found = await shanghai.hub.resolvePath.query({ space: demo, path: '/a.txt' });
    expect(found).toMatchObject({ name: 'a.txt', version: `${beijing.replica}/1`, modifiedMs: 1_000, content: { hash: sha256('a.txt') } });
    expect(await shanghai.hub.resolvePath.query({ space: demo, path: '/nowhere' })).toBeNull();
    expect(await codeOf(shanghai.hub.resolvePath.query({ space: demo, path: '/../x' }))).toBe('invalid-name');

    const before = shanghai.wakeUps.length;
    const hash = sha256('third.txt');
    expect(await shanghai.hub.locate.mutate({ region: shanghai.id, space: demo, hash })).toMatchObject([{ region: 'beijing' }]);
    await eventually(() => shanghai.wakeUps.slice(before).some(({ transfers }) => transfers)).toBe(true);
    const { leases } = await shanghai.transfers({ want: 1 });
    expect(leases[0]).toMatchObject({ content: { hash }, priority: 0 });
  });

  test('what is not known here is refused with its code', async () => {
    const other = new TestRegion('chengdu', hub.url);
    const capacity = { diskFreeBytes: 1, diskTotalBytes: 1, heldBytes: 0, outbox: 0 };
    expect(await codeOf(other.hub.heartbeat.mutate({ region: other.id, capacity }))).toBe('invalid-input');
    expect(await codeOf(other.pull({ epoch: 0, sequence: 0 }, { space: 'nope' as never }))).toBe('unknown-space');
    expect(
      await codeOf(other.hub.register.mutate({ region: other.id, url: 'http://chengdu.example:7400', replica: 'beijing:1' as never })),
    ).toBe('invalid-input');
    const url = 'http://chengdu.example:7400';
    for (const life of [999_999_999, 900_000_001])
      expect(await codeOf(other.hub.register.mutate({ region: other.id, url, replica: `chengdu:${life}` as never }))).toBe('invalid-input');
    expect((await fetch(`${hub.url}/trpc/status`)).status).toBe(401);
  });

  test('a space that is made while regions listen is announced', async () => {
    await shanghai.admin.createSpace.mutate({ space: 'plans' as never });
    await eventually(() => shanghai.wakeUps.flatMap(({ heads }) => heads).some(({ space }) => space === 'plans')).toBe(true);
    expect(await shanghai.hub.listSpaces.query()).toEqual(['demo', 'plans']);
  });

  test('health and metrics answer, and the log holds no token', async () => {
    expect((await fetch(`${hub.url}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${hub.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
    expect(metrics).toMatch(/jzse_hub_operations_total\{service="jzse-hub"\} [1-9]/);
    expect(metrics).toContain('jzse_hub_wake_up_readers{service="jzse-hub"} 2');
    expect(JSON.stringify(hub.lines)).not.toContain(token);
  });
});
