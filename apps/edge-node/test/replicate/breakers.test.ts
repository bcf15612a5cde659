import { JzseError } from '@jzse/api';
import type { RegionId, SpaceId } from '@jzse/sync';
import { describe, expect, test } from 'vitest';
import { createHubBreaker } from '../../src/replicate/hub-breaker.ts';
import type { HubPort } from '../../src/replicate/hub-port.ts';
import { NotStored } from '../../src/replicate/receive-chunks.ts';
import { createRegionHealth } from '../../src/replicate/region-health.ts';

const space = 'demo' as SpaceId;
const silent = () => Promise.reject(new JzseError('hub-unreachable', 'the hub does not answer'));

describe('the hub', () => {
  test('when silent is not asked by each who waits; loops go on, and its first word to them lets everybody ask again', async () => {
    let asked = 0;
    let now = 0;
    let takesMs = 0;
    let answer: () => Promise<never> = () => {
      now += takesMs;
      return silent();
    };
    const port = {
      resolvePath: () => {
        asked++;
        return answer();
      },
      heartbeat: silent,
    } as unknown as HubPort;
    const breaker = createHubBreaker(() => now);
    const hub = breaker.guard(port);
    // A refused connection keeps nobody waiting.
    for (let call = 0; call < 5; call++) await expect(hub.resolvePath(space, '/a')).rejects.toMatchObject({ code: 'hub-unreachable' });
    expect(asked).toBe(5);
    takesMs = 5_000;
    for (let call = 0; call < 20; call++) {
      await expect(hub.resolvePath(space, '/a')).rejects.toMatchObject({ code: 'hub-unreachable' });
      await expect(hub.heartbeat('beijing' as RegionId, null as never)).rejects.toMatchObject({ message: 'the hub does not answer' });
    }
    expect(asked).toBe(7);
    expect(breaker.states()).toEqual([{ target: 'hub', state: 'open' }]);
    breaker.answered();
    answer = async () => 'found' as never;
    expect(await hub.resolvePath(space, '/a')).toBe('found');
    expect(breaker.states()).toEqual([{ target: 'hub', state: 'closed' }]);
  });

  test('that refuses is there', async () => {
    let asked = 0;
    const port = {
      resolvePath: () => {
        asked++;
        return Promise.reject(new JzseError('unknown-path', 'nothing is there'));
      },
    } as unknown as HubPort;
    const hub = createHubBreaker(Date.now).guard(port);
    for (let call = 0; call < 5; call++) await expect(hub.resolvePath(space, '/a')).rejects.toMatchObject({ code: 'unknown-path' });
    expect(asked).toBe(5);
  });
});

describe('a region', () => {
  const shanghai = { region: 'shanghai' as RegionId, url: 'http://shanghai' };

  test('that answers none of its requests is given no more while there is another', async () => {
    let now = 0;
    const health = createRegionHealth(() => now);
    const waiting = Promise.withResolvers<void>();
    const first = health.run(shanghai, () => waiting.promise);
    expect(health.isBroken(shanghai.region)).toBe(false);
    now += 2_000;
    expect(health.isBroken(shanghai.region)).toBe(true);
    expect(health.requestsInFlight(shanghai.region)).toBe(1);
    await health.run(shanghai, async () => undefined);
    expect(health.isBroken(shanghai.region)).toBe(false);
    waiting.resolve();
    await first;
    now += 60_000;
    expect(health.isBroken(shanghai.region)).toBe(false);
  });

  test('that fails in a row is not asked; what cannot be stored here is not its fault', async () => {
    const health = createRegionHealth(Date.now);
    for (let call = 0; call < 5; call++) {
      await expect(health.run(shanghai, () => Promise.reject(new NotStored(new Error('full'))))).rejects.toThrow(NotStored);
    }
    expect(health.isBroken(shanghai.region)).toBe(false);
    let asked = 0;
    const fail = () => {
      asked++;
      return Promise.reject(new Error('reset'));
    };
    for (let call = 0; call < 5; call++) await expect(health.run(shanghai, fail)).rejects.toThrow();
    expect(asked).toBe(3);
    expect(health.states()).toEqual([{ target: 'shanghai', state: 'open' }]);
  });
});
