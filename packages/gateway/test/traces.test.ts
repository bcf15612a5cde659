import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { traceHeaders } from '../src/index.ts';
import { bearer, type TestGateway, testGateway } from './test-gateway.ts';

const closed = { config: { access: { who: 'signed-in' } } } as const;
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

let gateway: TestGateway;
let url: string;
let heard: IncomingHttpHeaders[] = [];
const next = createServer(({ headers }, response) => {
  heard.push(headers);
  response.end();
});
beforeEach(async () => {
  heard = [];
  await new Promise<void>((resolve) => next.listen(0, '127.0.0.1', resolve));
  const nextUrl = `http://127.0.0.1:${(next.address() as AddressInfo).port}`;
  gateway = await testGateway();
  const passOn = async (request: { readonly log: { info(text: string): void } }): Promise<string> => {
    await fetch(nextUrl, { headers: traceHeaders() });
    request.log.info('passed on');
    return 'done';
  };
  gateway.app.get('/pass', closed, passOn);
  gateway.app.post('/pass', closed, passOn);
  url = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await gateway.app.close();
  await new Promise((resolve) => next.close(resolve));
});

test('the ids of a request go on to whom it is passed on, and stand in every line', async () => {
  const headers = { ...bearer, 'x-request-id': 'me-1', traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  const answer = await fetch(`${url}/pass`, { headers });
  expect(answer.headers.get('x-request-id')).toBe('me-1');
  expect(heard[0]?.['x-request-id']).toBe('me-1');
  expect(heard[0]?.['traceparent']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  expect(heard[0]?.['traceparent']).not.toContain('00f067aa0ba902b7');
  expect(gateway.lines.find(({ msg }) => msg === 'passed on')).toMatchObject({ reqId: 'me-1', traceId });
  expect(gateway.lines.find(({ msg }) => msg === 'request done')).toMatchObject({ reqId: 'me-1', traceId });
});

test('also when a body was read before, and for many at once, each its own', async () => {
  const ids = Array.from({ length: 20 }, (_, index) => `r${index}`);
  const body = JSON.stringify('x'.repeat(200_000));
  const headers = { ...bearer, 'content-type': 'application/json' };
  await Promise.all(ids.map((id) => fetch(`${url}/pass`, { method: 'POST', body, headers: { ...headers, 'x-request-id': id } })));
  expect(heard.map((each) => each['x-request-id']).sort()).toEqual([...ids].sort());
  expect(new Set(heard.map((each) => String(each['traceparent']).split('-')[1])).size).toBe(20);
});

test.each([
  ['none', undefined],
  ['no trace', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
  ['no parent', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['forged', `00-${traceId}-00f067aa0ba902b7-01" evil="`],
  ['upper case', `00-${traceId.toUpperCase()}-00F067AA0BA902B7-01`],
])('a traceparent that is %s is made anew', async (_what, traceparent) => {
  await fetch(`${url}/pass`, { headers: { ...bearer, ...(traceparent === undefined ? {} : { traceparent }) } });
  expect(heard[0]?.['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(heard[0]?.['traceparent']).not.toMatch(/^00-0+-|evil|4bf92f35/i);
});

test('outside of a request there is nothing to pass on', () => {
  expect(traceHeaders()).toEqual({});
});
