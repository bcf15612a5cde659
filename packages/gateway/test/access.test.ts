import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bearer, type TestGateway, testGateway, token } from './test-gateway.ts';

const closed = { config: { access: { who: 'signed-in' } } } as const;

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await testGateway({ corsOrigins: ['https://files.example'] });
  gateway.app.get('/closed', closed, async () => 'closed');
  gateway.app.post('/closed', closed, async () => 'done');
  gateway.app.get('/open', { config: { access: { who: 'anyone' } } }, async () => 'open');
});
afterEach(() => gateway.app.close());

const signIn = async (): Promise<string> => {
  const answer = await gateway.app.inject({ method: 'POST', url: '/session', payload: { token } });
  expect(answer.statusCode).toBe(204);
  return String(answer.headers['set-cookie']);
};

describe('who may call', () => {
  test('a route is closed until it says otherwise', async () => {
    expect((await gateway.app.inject('/open')).statusCode).toBe(200);
    const refused = await gateway.app.inject('/closed');
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['www-authenticate']).toContain('Bearer');
    expect(refused.json()).toMatchObject({
      code: 'unauthenticated',
      status: 401,
      type: 'urn:jzse:error:unauthenticated',
      retryable: false,
    });
    expect((await gateway.app.inject({ url: '/closed', headers: bearer })).body).toBe('closed');
  });

  test('an unknown route tells nothing to strangers', async () => {
    expect((await gateway.app.inject('/nowhere')).statusCode).toBe(401);
    const known = await gateway.app.inject({ url: '/nowhere', headers: bearer });
    expect(known.statusCode).toBe(404);
    expect(known.headers['content-type']).toBe('application/problem+json');
    expect(known.json()).toMatchObject({ code: 'unknown-path' });
  });

  test.each([
    ['another token', 'Bearer not-the-token'],
    ['a prefix of the token', `Bearer ${token.slice(0, -1)}`],
    ['no token', 'Bearer '],
    ['another scheme', `Basic ${token}`],
  ])('%s is refused', async (_what, authorization) => {
    expect((await gateway.app.inject({ url: '/closed', headers: { authorization } })).statusCode).toBe(401);
  });
});

describe('a session of a page', () => {
  test('is a cookie that scripts and other sites cannot use, and does not carry the token', async () => {
    const cookie = await signIn();
    expect(cookie).toMatch(/^jzse_session=[\w-]+; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(cookie).not.toContain(token);
    const value = cookie.split(';')[0] ?? '';
    expect((await gateway.app.inject({ url: '/closed', headers: { cookie: `other=1; ${value}` } })).body).toBe('closed');
    const asBearer = { authorization: `Bearer ${value.split('=')[1]}` };
    expect((await gateway.app.inject({ url: '/closed', headers: asBearer })).statusCode).toBe(401);
  });

  test('wants the right token', async () => {
    const wrong = await gateway.app.inject({ method: 'POST', url: '/session', payload: { token: 'guess' } });
    expect(wrong.statusCode).toBe(401);
    expect(wrong.headers['set-cookie']).toBeUndefined();
    const malformed = await gateway.app.inject({ method: 'POST', url: '/session', payload: { tok: 1 } });
    expect(malformed.json()).toMatchObject({ code: 'invalid-input' });
  });

  test('ends', async () => {
    const answer = await gateway.app.inject({ method: 'DELETE', url: '/session' });
    expect(answer.headers['set-cookie']).toContain('jzse_session=; Max-Age=0');
  });

  test.each([
    ['its own page', { 'sec-fetch-site': 'same-origin' }, 200],
    ['an address typed in', { 'sec-fetch-site': 'none' }, 200],
    ['another port of the machine', { 'sec-fetch-site': 'same-site' }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['an old browser on its own page', { origin: 'http://localhost:80', host: 'localhost:80' }, 200],
    ['an old browser on another site', { origin: 'http://evil.example', host: 'localhost:80' }, 403],
    ['a program', {}, 200],
  ])('an unsafe request of %s', async (_what, headers, status) => {
    const cookie = (await signIn()).split(';')[0] ?? '';
    const answer = await gateway.app.inject({ method: 'POST', url: '/closed', headers: { ...headers, cookie } });
    expect(answer.statusCode).toBe(status);
  });

  test('does not matter to callers with the token', async () => {
    const headers = { ...bearer, 'sec-fetch-site': 'cross-site' };
    expect((await gateway.app.inject({ method: 'POST', url: '/closed', headers })).statusCode).toBe(200);
  });
});

describe('pages of other origins', () => {
  test('listed: may ask and read', async () => {
    const asked = await gateway.app.inject({
      method: 'OPTIONS',
      url: '/closed',
      headers: { origin: 'https://files.example', 'access-control-request-method': 'PUT' },
    });
    expect(asked.statusCode).toBe(204);
    expect(asked.headers['access-control-allow-methods']).toContain('PUT');
    expect(asked.headers['access-control-allow-credentials']).toBeUndefined();
    const read = await gateway.app.inject({ url: '/closed', headers: { ...bearer, origin: 'https://files.example' } });
    expect(read.headers['access-control-allow-origin']).toBe('https://files.example');
  });

  test('not listed: nothing', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'PUT' };
    const asked = await gateway.app.inject({ method: 'OPTIONS', url: '/closed', headers });
    expect(asked.statusCode).toBe(401);
    expect(asked.headers['access-control-allow-origin']).toBeUndefined();
  });
});
