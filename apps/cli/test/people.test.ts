import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestHub, type TestHub, testFolder, token } from '../../hub/test/test-hub.ts';
import { runCommand } from '../src/run-command.ts';
import { captureCli } from './captured-cli.ts';

const password = 'correct horse battery';
const hubFolder = testFolder();
let hub: TestHub;
let home: string;
beforeAll(async () => {
  hub = await startTestHub(hubFolder.path);
  home = await mkdtemp(join(tmpdir(), 'jzse-home-'));
});
afterAll(async () => {
  await hub?.end('SIGTERM');
  hubFolder.remove();
  await rm(home, { recursive: true, force: true });
});

/** With `env` beside an own home; `typed` is piped in. */
async function jzse(args: readonly string[], env: Record<string, string> = {}, typed = '') {
  const cli = captureCli(home);
  const code = await runCommand(['--hub', hub.url, ...args], {
    ...cli,
    env: { XDG_CONFIG_HOME: home, ...env },
    stdin: Readable.from(typed === '' ? [] : [`${typed}\n`]),
  });
  return { code, out: cli.out(), err: cli.err() };
}
const asAdmin = { JZSE_TOKEN: token };
const sessionFile = () => join(home, 'jzse', 'session.json');

test('an admin adds people, groups, members and tokens', async () => {
  expect(await jzse(['admin', 'users', 'add', 'li.wei', '--name', 'Li Wei'], asAdmin, password)).toMatchObject({
    code: 0,
    out: 'added li.wei\n',
  });
  expect((await jzse(['admin', 'users', 'add', 'x'], asAdmin, 'short')).err).toContain('at least 10 characters');
  expect((await jzse(['admin', 'users', 'add', 'robot', '--service'], asAdmin)).code).toBe(0);
  expect((await jzse(['admin', 'users'], asAdmin)).out).toMatch(/li\.wei +person +yes +no +Li Wei/);
  expect((await jzse(['admin', 'groups', 'set', 'design', 'li.wei'], asAdmin)).out).toBe('design: li.wei\n');
  expect((await jzse(['admin', 'groups'], asAdmin)).out).toMatch(/design +li\.wei/);
  expect((await jzse(['admin', 'members', 'set', 'demo', 'design', 'editor', '--group'], asAdmin)).out).toBe(
    'group design is editor of demo\n',
  );
  expect((await jzse(['admin', 'members', 'list', 'demo'], asAdmin)).out).toMatch(/group design +editor\nowner +manager/);
  expect((await jzse(['admin', 'members', 'set', 'demo', 'li.wei', 'boss'], asAdmin)).code).toBe(2);

  const made = await jzse(['--json', 'admin', 'tokens', 'create', 'backup', '--user', 'robot', '--scope', 'read', '--days', '2'], asAdmin);
  const { id, token: ofRobot } = JSON.parse(made.out) as { id: string; token: string };
  expect((await jzse(['whoami'], { JZSE_TOKEN: ofRobot })).out).toBe('robot on backup\n');
  expect((await jzse(['admin', 'tokens', 'list', '--user', 'robot'], asAdmin)).out).toMatch(
    new RegExp(`${id} +backup +read +all +now +in 2 days`),
  );
  await jzse(['admin', 'tokens', 'revoke', id, '--user', 'robot'], asAdmin);
  expect((await jzse(['whoami'], { JZSE_TOKEN: ofRobot })).err).toContain('unauthenticated');
});

test('a person signs in, is known, renews the session, and signs out', async () => {
  expect((await jzse(['login', 'li.wei'], {}, 'not the password')).err).toContain('wrong-credentials');
  expect(await jzse(['login', 'Li.Wei', '--device', 'desk'], { JZSE_PASSWORD: password })).toMatchObject({
    code: 0,
    out: 'signed in as li.wei\n',
  });
  expect((await stat(sessionFile())).mode & 0o777).toBe(0o600);
  expect((await jzse(['whoami'])).out).toBe('li.wei on desk\n');
  expect((await jzse(['admin', 'users'])).err).toContain('forbidden');

  const session = JSON.parse(await readFile(sessionFile(), 'utf8')) as Record<string, unknown>;
  await writeFile(sessionFile(), JSON.stringify({ ...session, accessExpiresMs: 0 }));
  expect((await jzse(['whoami'])).out).toBe('li.wei on desk\n');
  const renewed = JSON.parse(await readFile(sessionFile(), 'utf8')) as Record<string, unknown>;
  expect(renewed['refreshToken']).not.toBe(session['refreshToken']);

  expect((await jzse(['logout'])).out).toBe('signed out li.wei\n');
  expect((await jzse(['logout'])).out).toBe('nobody was signed in\n');
  expect((await jzse(['whoami'], { JZSE_TOKEN: String(renewed['accessToken']) })).err).toContain('unauthenticated');
});

test('a session that has ended is forgotten, and one of other servers is not sent', async () => {
  await jzse(['login', 'li.wei'], { JZSE_PASSWORD: password });
  const session = JSON.parse(await readFile(sessionFile(), 'utf8')) as Record<string, unknown>;
  await writeFile(sessionFile(), JSON.stringify({ ...session, hubUrl: 'http://127.0.0.1:1' }));
  expect((await jzse(['whoami'])).err).toContain('unauthenticated');
  await writeFile(sessionFile(), JSON.stringify({ ...session, accessExpiresMs: 0 }));
  expect((await jzse(['admin', 'users', 'password', 'li.wei'], { ...asAdmin, JZSE_NEW_PASSWORD: 'another good one' })).code).toBe(0);
  expect((await jzse(['whoami'])).err).toContain('unauthenticated');
  await expect(stat(sessionFile())).rejects.toThrow('ENOENT');
  expect((await jzse(['admin', 'users', 'disable', 'li.wei'], asAdmin)).out).toContain('person, disabled');
  expect((await jzse(['login', 'li.wei'], { JZSE_PASSWORD: 'another good one' })).err).toContain('wrong-credentials');
});

test('a hub of its own begins with a token for its first admin, which stays', async () => {
  const first = JSON.parse((await jzse(['--json', 'hub', 'init', 'own'])).out) as { data: string; token: string };
  expect(first).toMatchObject({ data: join(home, 'own'), user: 'owner' });
  expect((await stat(join(home, 'own', 'token'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(home, 'own'))).mode & 0o777).toBe(0o700);
  expect(JSON.parse((await jzse(['--json', 'hub', 'init', 'own'])).out)).toEqual(first);
  const shown = await jzse(['hub', 'init', 'own']);
  expect(shown.out).toContain('jzse hub run');
  expect(shown.out + shown.err).not.toContain(first.token);
});
