import { JzseError } from '@jzse/api';
import { initTRPC } from '@trpc/server';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { mountTrpc, openLog } from '../src/index.ts';
import { redactLine } from '../src/redact-line.ts';
import { type TestGateway, testGateway } from './test-gateway.ts';

const id = '0123456789abcdef01234567';
const random = 'Zq3_x-7Lw9vK1mN5pR8tY2uB4cD6eF0gH3jS7aQ9wXy';
const header = Buffer.from('{"alg":"EdDSA","typ":"jzse+jwt"}').toString('base64url');
/** One of every kind, as they are made. */
const secrets = {
  operatorToken: 'the-operator-chose-this-one',
  apiToken: `jzse_${id}_${random}`,
  refreshToken: `jzse_r_${id}_${random.replace('Z', 'R')}`,
  cookie: `jzse_s_${id}_${random.replace('Z', 'C')}`,
  enrolToken: `jzse_e_${id}_${random.replace('Z', 'E')}`,
  accessToken: `${header}.${Buffer.from('{"sub":"li.wei"}').toString('base64url')}.${random.replace('Z', 'J')}`,
  password: 'correct horse battery staple',
  newPassword: 'another horse, "quoted" and \\ slashed',
  linkSecret: random.replace('Z', 'L'),
  totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
  databasePassword: 'pg-secret-word',
} as const;

let gateway: TestGateway;
afterEach(() => gateway?.app.close());

test('no secret of any kind gets into a line of any level', async () => {
  const lines: string[] = [];
  const logger = openLog({
    level: 'trace',
    base: { service: 'test' },
    secrets: [secrets.operatorToken],
    destination: { write: (line) => void lines.push(line) },
  });
  gateway = await testGateway({ logger });
  const { app } = gateway;
  const t = initTRPC.create();
  const router = t.router({
    signIn: t.procedure.input(z.object({ user: z.string(), password: z.string() })).mutation(({ input }) => {
      throw new JzseError('internal', 'cannot', { cause: Object.assign(new Error('while signing in'), { input, ...secrets }) });
    }),
  });
  mountTrpc(app, { prefix: '/trpc', router, createContext: () => ({}) });
  app.all('/careless/*', { config: { access: { who: 'anyone' } } }, async (request) => {
    const { headers, url, body } = request;
    request.log.trace({ req: request.raw, headers, rawHeaders: request.raw.rawHeaders, url, body }, `asked for ${url}`);
    request.log.debug({ config: { ...secrets, nested: { deeper: { password: secrets.password, list: [{ token: secrets.apiToken }] } } } });
    request.log.info(`authorization: Bearer ${secrets.operatorToken}, cookie: jzse_session=${secrets.cookie}; other=1`);
    request.log.warn({
      err: new Error(`fetch failed: postgres://jzse:${secrets.databasePassword}@db:5432/x?password=${secrets.databasePassword}`),
    });
    request.log.error({ args: { old: secrets.password, next: secrets.newPassword } }, `Bearer ${secrets.accessToken} was refused`);
    throw Object.assign(new Error(`no such token: ${secrets.apiToken}`), {
      request: { headers, body },
      refreshToken: secrets.refreshToken,
    });
  });
  await drive();
  const text = lines.join('');
  expect(lines.length).toBeGreaterThan(50);
  for (const [kind, secret] of Object.entries(secrets)) {
    expect(text.includes(secret) || text.includes(JSON.stringify(secret).slice(1, -1)), kind).toBe(false);
  }
  // What is of use is still there.
  for (const useful of ['/careless/', 'while signing in', 'reqId', 'traceId', 'li.wei', 'postgres://jzse:***@db:5432/x'])
    expect(text).toContain(useful);
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
});

test('a long line is read in no time', () => {
  const lines = [
    'a-'.repeat(500_000),
    `"${'a'.repeat(1_000_000)}`,
    'jzse_'.repeat(200_000),
    'eyJ.'.repeat(200_000),
    '://:'.repeat(200_000),
    '"token":"'.repeat(100_000),
  ];
  for (const line of lines) expect(redactLine(line, []).length).toBeGreaterThan(0);
  expect(redactLine('{"code":"unauthenticated","totp":{"code":"123456"}}', [])).toBe('{"code":"unauthenticated","totp":{"code":"***"}}');
});

async function drive(): Promise<void> {
  const { app } = gateway;
  for (const secret of Object.values(secrets)) {
    const inUrl = encodeURIComponent(secret);
    const headers = { authorization: `Bearer ${secret}`, 'proxy-authorization': secret, 'x-enrol-token': secret };
    await app.inject({ url: `/careless/l/${id}/${secrets.linkSecret}?token=${inUrl}&code=${inUrl}`, headers });
    await app.inject({ url: '/careless/x', headers: { cookie: `a=b; jzse_session=${secret}; c=d` } });
    await app.inject({ method: 'POST', url: '/session', payload: { token: secret } });
    await app.inject({ method: 'POST', url: '/session', payload: { user: 'li.wei', password: secret, code: '123456' } });
    await app.inject({ method: 'POST', url: '/trpc/signIn', payload: { user: 'li.wei', password: secret } });
    await app.inject({
      method: 'POST',
      url: '/careless/y',
      payload: { user: 'li.wei', password: secret, secret, token: secret, totpSecret: secret },
    });
    await app.inject({ url: `/nowhere?token=${inUrl}`, headers });
  }
}
