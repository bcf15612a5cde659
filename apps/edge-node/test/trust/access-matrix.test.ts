import type { AccessRule } from '@jzse/api';
import { edgeAccess, edgeRouter } from '@jzse/api/edge';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLiveServer } from './live-routes.ts';
import { space, startTrustedEdge, type TrustedEdge } from './trusted-edge.ts';

/** Who may call each route. Procedures have a table of their own. */
const routeAccess: Readonly<Record<string, AccessRule>> = {
  'POST /session': { who: 'anyone' },
  'DELETE /session': { who: 'anyone' },
  'GET /metrics': { who: 'admin' },
  'HEAD /metrics': { who: 'admin' },
  'GET /healthz': { who: 'anyone' },
  'HEAD /healthz': { who: 'anyone' },
  'GET /readyz': { who: 'anyone' },
  'HEAD /readyz': { who: 'anyone' },
  'GET /': { who: 'anyone' },
  'HEAD /': { who: 'anyone' },
  'GET /oidc/start': { who: 'anyone' },
  'HEAD /oidc/start': { who: 'anyone' },
  'GET /oidc/finish': { who: 'anyone' },
  'HEAD /oidc/finish': { who: 'anyone' },
  'GET /trpc/:path': { who: 'anyone' },
  'HEAD /trpc/:path': { who: 'anyone' },
  'POST /trpc/:path': { who: 'anyone' },
  'OPTIONS /tus': { who: 'signed-in' },
  'POST /tus': { who: 'writer' },
  'OPTIONS /tus/': { who: 'signed-in' },
  'POST /tus/': { who: 'writer' },
  'OPTIONS /tus/:id': { who: 'signed-in' },
  'HEAD /tus/:id': { who: 'signed-in' },
  'PATCH /tus/:id': { who: 'signed-in' },
  'DELETE /tus/:id': { who: 'signed-in' },
  'POST /tus/:id': { who: 'signed-in' },
  'GET /files/*': { who: 'space', action: 'list', scope: 'paths' },
  'HEAD /files/*': { who: 'space', action: 'list', scope: 'paths' },
  'PUT /files/*': { who: 'space', action: 'write', scope: 'paths' },
  'DELETE /files/*': { who: 'space', action: 'write', scope: 'paths' },
  'POST /chunks/read': { who: 'signed-in' },
  'POST /chunks/write': { who: 'writer' },
  'GET /l/*': { who: 'anyone' },
  'HEAD /l/*': { who: 'anyone' },
  'POST /l/*': { who: 'anyone' },
  'PUT /l/*': { who: 'anyone' },
};

const roles = ['nobody', 'stranger', 'reader', 'editor', 'manager', 'admin'] as const;
type Role = (typeof roles)[number];
const allows = {
  list: ['reader', 'editor', 'manager'],
  read: ['reader', 'editor', 'manager'],
  write: ['editor', 'manager'],
  manage: ['manager'],
};

/** What the rule alone says, in words of the answer. */
function expected(rule: AccessRule, role: Role): string {
  if (rule.who === 'anyone') return 'may';
  if (role === 'nobody') return 'unauthenticated';
  if (rule.who === 'signed-in') return 'may';
  if (rule.who === 'writer') return allows.write.includes(role) ? 'may' : 'forbidden';
  if (rule.who !== 'space') return role === 'admin' ? 'may' : 'forbidden';
  if (role === 'stranger' || role === 'admin') return 'unknown-space';
  return allows[rule.action].includes(role) ? 'may' : 'forbidden';
}

let edge: TrustedEdge;
const tokens = new Map<Role, string | null>([['nobody', null]]);

beforeAll(async () => {
  edge = await startTrustedEdge();
  for (const role of roles.slice(1)) tokens.set(role, edge.person(role, { isAdmin: role === 'admin' }));
  for (const role of ['reader', 'editor', 'manager'] as const) edge.member(role, role);
  await edge.settled();
});
afterAll(() => edge.stop());

const refusals: ReadonlySet<string> = new Set(['unauthenticated', 'forbidden', 'unknown-space']);

/** What a call was refused with, as far as it was about the right to it; `may` for every other end. */
const told = (code: string | undefined): string => (code !== undefined && refusals.has(code) ? code : 'may');

describe('every procedure', () => {
  const procedures = Object.entries(edgeRouter._def.procedures) as unknown as [keyof typeof edgeAccess, { _def: { type: string } }][];

  test('has an entry in the table, and none has one that is not there', () => {
    expect(procedures.map(([name]) => name).toSorted()).toEqual(Object.keys(edgeAccess).toSorted());
  });

  test.each(procedures.map(([name, { _def }]) => ({ name, type: _def.type })))(
    '$name is for whom its rule says',
    async ({ name, type }) => {
      // Paths that lead nowhere: a right to the whole space is one to them too, and nothing is changed.
      const at = '/nothing/here';
      const input = { space, path: at, from: at, to: at, folder: at, files: [{ path: at }], hashes: [], user: 'nobody', password: 'x' };
      for (const role of roles) {
        const answer = await call({ name, type, input, token: tokens.get(role) ?? null });
        expect(`${role}: ${told(answer)}`).toBe(`${role}: ${expected(edgeAccess[name].rule, role)}`);
      }
    },
  );
});

describe('every route', () => {
  test('is one that the table here names, with the same rule', async () => {
    const app = await openLiveServer();
    expect(Object.fromEntries(app.routeRules)).toEqual(routeAccess);
    await app.close();
  });

  // Procedures are asked for one by one above, and what a password opens elsewhere.
  const asked = Object.keys(routeAccess).filter((route) => !/trpc|session/.test(route));
  test.each(asked)('%s is for whom its rule says', async (route) => {
    const [method = '', url = ''] = route.split(' ');
    const path = url.replace('/files/*', `/files/${space}/nothing`).replace('*', 'none/none').replace(':id', 'none');
    const body = url === '/chunks/read' ? JSON.stringify({ space: 5 }) : null;
    const headers = { 'tus-resumable': '1.0.0', ...(body === null ? {} : { 'content-type': 'application/json' }) };
    for (const role of roles) {
      const answer = await edge.fetch(path, tokens.get(role) ?? null, { method, headers, body });
      const rule = routeAccess[route] as AccessRule;
      // Without a body there is only the number.
      const expectedHere = expected(rule, role);
      const seen = method === 'HEAD' ? byStatus(answer.status, expectedHere) : told((await problem(answer))?.code);
      expect(`${role}: ${seen}`).toBe(`${role}: ${expectedHere}`);
    }
  });
});

const statuses: Readonly<Record<string, number>> = { unauthenticated: 401, forbidden: 403, 'unknown-space': 404 };
const byStatus = (status: number, code: string): string =>
  status === statuses[code] ? code : status === 401 || status === 403 ? String(status) : 'may';

async function problem(answer: Response): Promise<{ readonly code?: string } | null> {
  const text = await answer.text();
  return answer.headers.get('content-type')?.includes('problem') === true ? (JSON.parse(text) as { code: string }) : null;
}

interface Call {
  readonly name: string;
  readonly type: string;
  readonly input: unknown;
  readonly token: string | null;
}

async function call({ name, type, input, token }: Call): Promise<string | undefined> {
  const query = `?input=${encodeURIComponent(JSON.stringify(input))}`;
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) };
  const left = new AbortController();
  const answer = await edge.fetch(`/trpc/${name}${type === 'mutation' ? '' : query}`, token, {
    ...(type === 'mutation' ? post : {}),
    signal: left.signal,
  });
  if (type === 'subscription') return firstOf(answer, left);
  const text = await answer.text();
  return (JSON.parse(text) as { error?: { data?: { jzse?: { code: string } } } }).error?.data?.jzse?.code;
}

/** A stream says what is wrong in its first events; one that is open tells of the next change. */
async function firstOf(answer: Response, left: AbortController): Promise<string | undefined> {
  let text = '';
  let refused: string | undefined;
  for await (const bytes of answer.body ?? []) {
    text += Buffer.from(bytes).toString();
    refused = /"code":"([a-z-]+)"/.exec(text)?.[1];
    if (refused !== undefined || text.includes('"changed"')) break;
    void edge.fetch(`/files/${space}/stir.txt`, tokens.get('editor') ?? null, { method: 'PUT', body: String(Math.random()) });
  }
  left.abort();
  return refused;
}
