import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { type Breakers, createBreakers, showBreakers, TargetBroken } from '../src/index.ts';

const failing = new Error('no answer');
const make = (meanwhile: 'wait' | 'refuse' = 'refuse'): Breakers =>
  createBreakers({
    failuresToBreak: 2,
    askAgainAfterMs: 60,
    isFailure: (error) => error === failing,
    meanwhile,
    nowMs: Date.now,
  });
const fail = (breakers: Breakers) => breakers.run('hub', () => Promise.reject(failing));
const answer = (breakers: Breakers) => breakers.run('hub', async () => 'answer');

test('who fails in a row is not asked for a while, then by one', async () => {
  const breakers = make();
  await expect(fail(breakers)).rejects.toBe(failing);
  await answer(breakers);
  await expect(fail(breakers)).rejects.toBe(failing);
  await expect(fail(breakers)).rejects.toBe(failing);
  await expect(answer(breakers)).rejects.toThrow(TargetBroken);
  expect(breakers.isBroken('hub')).toBe(true);
  expect(await breakers.run('other', async () => 'answer')).toBe('answer');
  await expect.poll(() => breakers.isBroken('hub')).toBe(false);
  await sleep(10);
  const trial = Promise.withResolvers<string>();
  const asked = breakers.run('hub', () => trial.promise);
  await expect.poll(() => breakers.states()).toContainEqual({ target: 'hub', state: 'half-open' });
  expect(breakers.isBroken('hub')).toBe(true);
  await expect(answer(breakers)).rejects.toThrow(TargetBroken);
  trial.resolve('found');
  expect(await asked).toBe('found');
  expect(await answer(breakers)).toBe('answer');
  expect(breakers.states()).toEqual([
    { target: 'hub', state: 'closed' },
    { target: 'other', state: 'closed' },
  ]);
});

test('others may wait for what one finds out', async () => {
  const breakers = make('wait');
  await expect(fail(breakers)).rejects.toBe(failing);
  await expect(fail(breakers)).rejects.toBe(failing);
  await expect.poll(() => breakers.isBroken('hub')).toBe(false);
  await sleep(10);
  const trial = Promise.withResolvers<string>();
  const asked = breakers.run('hub', () => trial.promise);
  const waiting = answer(breakers);
  trial.resolve('found');
  expect(await Promise.all([asked, waiting])).toEqual(['found', 'answer']);
});

test('what is not its fault breaks nothing, and word from elsewhere mends it', async () => {
  const breakers = make();
  for (let call = 0; call < 5; call++) await expect(breakers.run('hub', () => Promise.reject(new Error('ours')))).rejects.toThrow('ours');
  expect(await answer(breakers)).toBe('answer');
  await expect(fail(breakers)).rejects.toBe(failing);
  await expect(fail(breakers)).rejects.toBe(failing);
  const registry = new Registry();
  showBreakers(registry, breakers.states);
  expect(await registry.metrics()).toContain('jzse_breaker_state{target="hub"} 2');
  breakers.answered('hub');
  expect(await answer(breakers)).toBe('answer');
  expect(await registry.metrics()).toContain('jzse_breaker_state{target="hub"} 0');
});
