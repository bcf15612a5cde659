import { describe, expect, test } from 'vitest';
import { openConnection } from '../src/connection.ts';

const busy = () =>
  new Response(JSON.stringify({ code: 'overloaded', title: 'busy' }), {
    status: 503,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '0' },
  });

function serverThatIsBusy(times: number) {
  const bodies: unknown[] = [];
  const connection = openConnection({
    url: 'http://edge.example',
    fetch: (async (_target: unknown, init?: RequestInit) => {
      bodies.push(init?.body);
      return bodies.length <= times ? busy() : new Response('done', { status: 201 });
    }) as typeof fetch,
  });
  return { connection, bodies };
}

describe('a server that is too busy', () => {
  test('is asked again with the same bytes', async () => {
    const { connection, bodies } = serverThatIsBusy(2);
    const body = new Uint8Array([1, 2, 3]);
    const answer = await connection.request('/files/demo/a', { method: 'PUT', body });
    expect(answer.status).toBe(201);
    expect(bodies).toEqual([body, body, body]);
  });

  test('is not asked again with a stream that is gone', async () => {
    const { connection, bodies } = serverThatIsBusy(1);
    const asked = connection.request('/files/demo/a', { method: 'PUT', body: new Blob(['x']).stream() });
    await expect(asked).rejects.toMatchObject({ code: 'overloaded' });
    expect(bodies).toHaveLength(1);
  });

  test('that stays so is told to the caller', async () => {
    const { connection, bodies } = serverThatIsBusy(Number.POSITIVE_INFINITY);
    await expect(connection.request('/files/demo/a')).rejects.toMatchObject({ code: 'overloaded' });
    expect(bodies.length).toBeGreaterThan(1);
  });
});
