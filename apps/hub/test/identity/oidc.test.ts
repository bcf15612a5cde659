import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestHub, type TestHub, testFolder, token } from '../test-hub.ts';
import { bearer, callerOf } from './test-fleet.ts';
import { freePort, startTestProvider, TestBrowser, type TestProvider } from './test-provider.ts';

const folder = testFolder();
let provider: TestProvider;
let hub: TestHub;
beforeAll(async () => {
  provider = await startTestProvider();
  const port = await freePort();
  hub = await startTestHub(folder.path, {
    JZSE_PORT: String(port),
    JZSE_URL: `http://127.0.0.1:${port}`,
    JZSE_OIDC_ISSUER: provider.issuer,
    JZSE_OIDC_CLIENT_ID: provider.clientId,
    JZSE_OIDC_CLIENT_SECRET: provider.clientSecret,
  });
  provider.setRedirectUri(`${hub.url}/oidc/callback`);
});
afterAll(async () => {
  await hub?.end('SIGTERM');
  await provider?.stop();
  folder.remove();
});

/** Up to where the provider sends the browser back. */
async function signInAtProvider(browser: TestBrowser, login: string, to = '/spaces'): Promise<string> {
  const start = await browser.fetch(`${hub.url}/oidc/start?to=${encodeURIComponent(to)}`);
  expect(start.status).toBe(302);
  const asked = new URL(start.headers.get('location') ?? '');
  expect(asked.searchParams.get('code_challenge_method')).toBe('S256');
  const form = await browser.follow(start);
  const action = /action="([^"]+)"/.exec(await form.response.text())?.[1] ?? '';
  const sent = await browser.fetch(new URL(action, form.url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ prompt: 'login', login, password: 'any' }),
  });
  return (await browser.follow(sent, '/oidc/callback')).url;
}

async function whoAmI(browser: TestBrowser): Promise<string | undefined> {
  const cookie = browser.cookie(hub.url, 'jzse_session');
  if (cookie === undefined) return undefined;
  const { data } = await callerOf(hub.url, { cookie: `jzse_session=${cookie}` }).call('accounts.whoAmI', {});
  return (data as { readonly user?: string } | undefined)?.user;
}

it('signs in whoever the provider vouches for, as the same person each time', async () => {
  const browser = new TestBrowser();
  const back = await browser.fetch(await signInAtProvider(browser, 'Li.Wei@example.com'));
  expect(back.status).toBe(200);
  expect(await back.text()).toContain('url=/spaces"');
  expect(back.headers.getSetCookie()[0]).toMatch(/^jzse_session=jzse_s_.*HttpOnly; SameSite=Strict/);
  expect(await whoAmI(browser)).toBe('li.wei@example.com');
  const other = new TestBrowser();
  await other.fetch(await signInAtProvider(other, 'Li.Wei@example.com'));
  expect(await whoAmI(other)).toBe('li.wei@example.com');
});

it('takes nobody back whom it did not send: another browser, another state, a used code, an altered cookie', async () => {
  const browser = new TestBrowser();
  const callback = await signInAtProvider(browser, 'mei@example.com');
  expect((await new TestBrowser().fetch(callback)).status).toBe(401);
  const otherState = new URL(callback);
  otherState.searchParams.set('state', 'another');
  expect((await browser.fetch(otherState)).status).toBe(401);
  const pending = browser.cookie(hub.url, 'jzse_oidc') ?? '';
  for (const altered of [`${pending}x`, 'x', `${Buffer.from('{}').toString('base64url')}.${pending.split('.')[1]}`]) {
    expect((await fetch(callback, { headers: { cookie: `jzse_oidc=${altered}` } })).status).toBe(401);
  }
  expect((await browser.fetch(callback)).status).toBe(200);
  expect((await fetch(callback, { headers: { cookie: `jzse_oidc=${pending}` } })).status).toBe(401);
});

it('gives nobody the account of another: one with a password, one that is disabled, an address that was not checked', async () => {
  const admin = callerOf(hub.url, bearer(token));
  await admin.call('people.createUser', { user: 'boss@example.com', password: 'correct horse battery', isAdmin: true });
  for (const login of ['boss@example.com', 'unchecked@example.com', 'no-address']) {
    const browser = new TestBrowser();
    expect([login, (await browser.fetch(await signInAtProvider(browser, login))).status]).toEqual([login, 401]);
    expect(await whoAmI(browser)).toBeUndefined();
  }
  await admin.call('people.createUser', { user: 'new@example.com', displayName: 'New' });
  const browser = new TestBrowser();
  await browser.fetch(await signInAtProvider(browser, 'new@example.com'));
  expect(await whoAmI(browser)).toBe('new@example.com');
  await admin.call('people.updateUser', { user: 'new@example.com', change: { isDisabled: true } });
  expect(await whoAmI(browser)).toBeUndefined();
  const again = new TestBrowser();
  expect((await again.fetch(await signInAtProvider(again, 'new@example.com'))).status).toBe(401);
});

it.each(['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:x'])('sends nobody on to %s', async (to) => {
  const browser = new TestBrowser();
  const back = await browser.fetch(await signInAtProvider(browser, 'li.wei@example.com', to));
  expect(await back.text()).toContain('url=/"');
});

it('wrote no secret of it to its log', () => {
  expect(JSON.stringify(hub.lines)).not.toContain(provider.clientSecret);
  expect(JSON.stringify(hub.lines)).not.toMatch(/[?&]code=/);
});
