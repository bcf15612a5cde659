import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { startTestHub, type TestHub, testFolder, token } from '../test-hub.ts';
import { bearer, callerOf, enrolRegion } from './test-fleet.ts';
import { freePort, startTestProvider, TestBrowser, type TestProvider } from './test-provider.ts';

const folder = testFolder();
const person = 'li.wei@example.com';
let provider: TestProvider;
let hub: TestHub;
let edge: TestEdge;
let shanghai: Awaited<ReturnType<typeof enrolRegion>>;
const admin = () => callerOf(hub.url, bearer(token));

beforeAll(async () => {
  provider = await startTestProvider();
  const port = await freePort();
  hub = await startTestHub(join(folder.path, 'hub'), {
    JZSE_PORT: String(port),
    JZSE_URL: `http://127.0.0.1:${port}`,
    JZSE_OIDC_NAME: 'Example ID',
    JZSE_OIDC_ISSUER: provider.issuer,
    JZSE_OIDC_CLIENT_ID: provider.clientId,
    JZSE_OIDC_CLIENT_SECRET: provider.clientSecret,
  });
  provider.setRedirectUri(`${hub.url}/oidc/callback`);
  edge = await startEdge();
  shanghai = await enrolRegion(hub.url, admin(), 'shanghai');
  await admin().call('people.createUser', { user: person, displayName: 'Li Wei' });
  await admin().call('sharing.setMember', { space: 'demo', subject: { type: 'user', user: person }, role: 'editor' });
});
afterAll(async () => {
  await edge?.end();
  await hub?.end('SIGTERM');
  await provider?.stop();
  folder.remove();
});

interface Told {
  readonly writer: string;
  readonly action: string;
  readonly result: string;
}
interface TestEdge {
  readonly url: string;
  readonly lines: string[];
  end(): Promise<void>;
}

async function startEdge(): Promise<TestEdge> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { data } = await admin().call('fleet.addRegion', { region: 'beijing', url });
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../../edge-node/src/main.ts')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      JZSE_REGION: 'beijing',
      JZSE_HUB_URL: hub.url,
      JZSE_PORT: String(port),
      JZSE_DATA: join(folder.path, 'beijing'),
      JZSE_LOG_LEVEL: 'debug',
      JZSE_ENROL_TOKEN: (data as { readonly token: string }).token,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  // Not a test yet: the hook's own time is the limit.
  while ((await fetch(`${url}/readyz`).catch(() => null))?.status !== 200) await setTimeout(100);
  return {
    url,
    lines,
    end: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** From the edge to the provider and up to where the provider sends the browser back. */
async function toCallback(browser: TestBrowser, login = person): Promise<string> {
  const form = await browser.follow(await browser.fetch(`${edge.url}/oidc/start`));
  const action = /action="([^"]+)"/.exec(await form.response.text())?.[1] ?? '';
  const sent = await browser.fetch(new URL(action, form.url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ prompt: 'login', login, password: 'any' }),
  });
  return (await browser.follow(sent, '/oidc/callback')).url;
}

/** And up to the code that the hub sends it back to the edge with. */
async function toFinish(browser: TestBrowser, login = person): Promise<string> {
  return (await browser.fetch(await toCallback(browser, login))).headers.get('location') ?? '';
}

const whoAmI = async (browser: TestBrowser): Promise<string | undefined> => {
  const cookie = browser.cookie(edge.url, 'jzse_session');
  if (cookie === undefined || cookie === '') return undefined;
  const response = await fetch(`${edge.url}/trpc/accounts.whoami`, { headers: { cookie: `jzse_session=${cookie}` } });
  return ((await response.json()) as { readonly result?: { readonly data: { readonly user: string } } }).result?.data.user;
};
const refused = (code: string): string => `/#signin-error=${code}`;
const locationOf = async (browser: TestBrowser, url: string | URL): Promise<string | null> =>
  (await browser.fetch(url)).headers.get('location');

it('says to strangers which provider there is', async () => {
  const answer = await fetch(`${edge.url}/trpc/accounts.oidc`);
  expect(await answer.json()).toEqual({ result: { data: { provider: 'Example ID' } } });
});

it('signs a person in at the edge, and not at the hub', async () => {
  const browser = new TestBrowser();
  const start = await browser.fetch(`${edge.url}/oidc/start`);
  expect(start.status).toBe(302);
  expect(start.headers.getSetCookie()[0]).toMatch(/^jzse_oidc_edge=[\w-]{43}; Max-Age=600; HttpOnly; SameSite=Lax; Path=\/oidc$/);
  const finish = await toFinish(browser);
  expect(finish.startsWith(`${edge.url}/oidc/finish?code=`)).toBe(true);
  expect(Buffer.from(new URL(finish).searchParams.get('code') ?? '', 'base64url').toString('latin1')).not.toContain('li.wei');
  expect(browser.cookie(hub.url, 'jzse_session')).toBeUndefined();

  const back = await browser.fetch(finish);
  expect(back.headers.get('location')).toBe('/');
  expect(back.headers.get('referrer-policy')).toBe('no-referrer');
  expect(back.headers.get('cache-control')).toBe('no-store');
  const cookies = back.headers.getSetCookie();
  expect(cookies.find((cookie) => cookie.startsWith('jzse_session='))).toMatch(
    /^jzse_session=jzse_s_.*; HttpOnly; SameSite=Strict; Path=\/$/,
  );
  expect(await whoAmI(browser)).toBe(person);
});

it('takes a code once, also from the browser that it is for', async () => {
  const browser = new TestBrowser();
  const finish = await toFinish(browser);
  const cookie = `jzse_oidc_edge=${browser.cookie(edge.url, 'jzse_oidc_edge')}`;
  const used = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const answer = await fetch(finish, { redirect: 'manual', headers: { cookie } });
      return answer.headers.get('location');
    }),
  );
  expect(used.toSorted()).toEqual(['/', ...Array.from({ length: 3 }, () => refused('wrong-credentials'))].toSorted());
  expect((await fetch(finish, { redirect: 'manual', headers: { cookie } })).headers.get('location')).toBe(refused('wrong-credentials'));
});

it('signs in no browser by the link of another: without its cookie, or with one of its own', async () => {
  const attacker = new TestBrowser();
  const finish = await toFinish(attacker);
  const victim = new TestBrowser();
  expect(await locationOf(victim, finish)).toBe(refused('wrong-credentials'));
  await victim.fetch(`${edge.url}/oidc/start`);
  expect(await locationOf(victim, finish)).toBe(refused('wrong-credentials'));
  expect(await whoAmI(victim)).toBeUndefined();
  expect(await locationOf(attacker, finish)).toBe('/');
});

it('is worth nothing to another region, to nobody who is none, and not when it was altered', async () => {
  const state = new URL((await locationOf(new TestBrowser(), `${edge.url}/oidc/start`)) ?? '').searchParams.get('state') ?? '';
  const browser = new TestBrowser();
  const finish = await toFinish(browser);
  const code = new URL(finish).searchParams.get('code') ?? '';
  const asShanghai = callerOf(hub.url, bearer(await shanghai.proof()));
  expect(await asShanghai.call('accounts.takeHandOver', { region: 'shanghai', state, code })).toMatchObject({ code: 'wrong-credentials' });
  expect(await asShanghai.call('accounts.takeHandOver', { region: 'beijing', state, code })).toMatchObject({ code: 'forbidden' });
  expect(await callerOf(hub.url, {}).call('accounts.takeHandOver', { region: 'beijing', state, code })).toMatchObject({
    code: 'unauthenticated',
  });
  expect(await admin().call('accounts.takeHandOver', { region: 'beijing', state, code })).toMatchObject({ code: 'forbidden' });
  const cookie = `jzse_oidc_edge=${browser.cookie(edge.url, 'jzse_oidc_edge')}`;
  for (const altered of [`${code.slice(0, -2)}AA`, code.slice(4), 'x', '', 'x'.repeat(3_000)]) {
    const answer = await fetch(`${edge.url}/oidc/finish?code=${altered}`, { redirect: 'manual', headers: { cookie } });
    expect(answer.headers.get('location')).toBe(refused('wrong-credentials'));
  }
  expect(await locationOf(browser, finish)).toBe('/');
});

it('goes to no other address than the one that was approved', async () => {
  const state = 'a'.repeat(43);
  for (const query of ['region=nowhere', 'region=//evil.example', 'region=beijing', `region=nowhere&state=${state}`]) {
    const answer = await fetch(`${hub.url}/oidc/start?${query}&to=https://evil.example`, { redirect: 'manual' });
    expect([query, answer.status, answer.headers.get('location')]).toEqual([query, 400, null]);
  }
  const finish = await toFinish(new TestBrowser());
  expect(new URL(finish).origin).toBe(edge.url);
});

it('says at the edge what failed at the hub: the provider refused, or the person may not come in', async () => {
  const denied = new URL(await toCallback(new TestBrowser()));
  const browser = new TestBrowser();
  const callback = new URL(await toCallback(browser));
  callback.searchParams.delete('code');
  callback.searchParams.set('error', 'access_denied');
  expect(await locationOf(browser, callback)).toBe(`${edge.url}${refused('wrong-credentials')}`);
  // Which region it was, only the browser knows that began.
  expect((await new TestBrowser().fetch(denied)).status).toBe(401);
  expect(await toFinish(new TestBrowser(), 'unchecked@example.com')).toBe(`${edge.url}${refused('wrong-credentials')}`);
  // Known, but nothing here is for that person.
  const stranger = new TestBrowser();
  expect(await locationOf(stranger, await toFinish(stranger, 'stranger@example.com'))).toBe(refused('forbidden'));
  expect(await whoAmI(stranger)).toBeUndefined();
});

it('is written down at both places, by whom, and so is who signs out', async () => {
  const browser = new TestBrowser();
  await browser.fetch(await toFinish(browser));
  await browser.fetch(`${edge.url}/session`, { method: 'DELETE' });
  await eventually(async () => {
    const filter = { actor: person, limit: 100 };
    const { records } = (await admin().call('audit.list', filter)).data as { readonly records: readonly Told[] };
    return records.map(({ writer, action, result }) => `${writer.split(':')[0]} ${action} ${result}`);
  }).toEqual(
    expect.arrayContaining(['hub oidc.callback ok', 'hub accounts.takeHandOver ok', 'beijing session.open ok', 'beijing session.close ok']),
  );
});

it('wrote no code, and nothing that makes one good, to any log', async () => {
  const browser = new TestBrowser();
  const finish = await toFinish(browser);
  const binding = browser.cookie(edge.url, 'jzse_oidc_edge') ?? '-';
  await browser.fetch(finish);
  const log = `${JSON.stringify(hub.lines)}\n${edge.lines.join('\n')}`;
  for (const secret of [binding, new URL(finish).searchParams.get('code') ?? '-', browser.cookie(edge.url, 'jzse_session') ?? '-']) {
    expect(log).not.toContain(secret);
  }
});

it('offers nothing, and says so, while the hub is away', async () => {
  await hub.end('SIGTERM');
  const browser = new TestBrowser();
  const finish = `${edge.url}/oidc/finish?code=any`;
  expect(await locationOf(browser, finish)).toBe(refused('wrong-credentials'));
  await browser.fetch(`${edge.url}/oidc/start`);
  const cookie = `jzse_oidc_edge=${'b'.repeat(43)}`;
  expect((await fetch(finish, { redirect: 'manual', headers: { cookie } })).headers.get('location')).toBe(refused('hub-unreachable'));
});
