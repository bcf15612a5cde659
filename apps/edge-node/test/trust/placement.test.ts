import type { RegionId } from '@jzse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../replicate/until.ts';
import { codeOf, problemOf, secret, startTrustedEdge, type TrustedEdge } from './trusted-edge.ts';

let edge: TrustedEdge;
let owner: string;

beforeAll(async () => {
  edge = await startTrustedEdge();
  owner = edge.person('owner', { isAdmin: true });
  edge.member('owner', 'manager', secret);
  await edge.settled();
});
afterAll(() => edge.stop());

const place = (placement: 'full' | 'none') => edge.hub.put('placement', { space: secret, region: 'beijing' as RegionId, placement });
const spaces = () => edge.calls(owner).listSpaces.query();

test('a space that is not placed here is not here, whoever asks; when it is placed it comes', async () => {
  expect(await spaces()).toEqual([secret]);
  place('none');
  await until(async () => (await spaces()).length === 0);
  expect(await problemOf(await edge.fetch(`/files/${secret}/`, owner))).toBe('unknown-space');
  expect(await problemOf(await edge.fetch(`/files/${secret}/a`, owner, { method: 'PUT', body: 'x' }))).toBe('unknown-space');
  expect(await codeOf(edge.calls(owner).list.query({ space: secret, path: '/' }))).toBe('unknown-space');
  place('full');
  await until(async () => (await spaces()).length === 1);
  expect(await problemOf(await edge.fetch(`/files/${secret}/`, owner))).toBe('ok');
});

test('what was never sent is kept, and nobody sees it', async () => {
  expect((await edge.fetch(`/files/${secret}/unsent.txt`, owner, { method: 'PUT', body: 'unsent' })).status).toBe(201);
  place('none');
  await until(async () => (await spaces()).length === 0);
  expect(await problemOf(await edge.fetch(`/files/${secret}/unsent.txt`, owner))).toBe('unknown-space');
  place('full');
  await until(async () => (await spaces()).length === 1);
  expect(await (await edge.fetch(`/files/${secret}/unsent.txt`, owner)).text()).toBe('unsent');
});
