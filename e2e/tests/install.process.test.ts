import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHubClient } from '@jzse/client';
import type { RegionId } from '@jzse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareRoot, canMakeRoot, makeBareRoot, repackage } from '../src/bare-root.ts';
import { buildPage } from '../src/build-page.ts';
import { callEdge } from '../src/edge-calls.ts';
import { freePort } from '../src/free-ports.ts';
import { node, repository, type Server, startHub } from '../src/processes.ts';
import { makeScratchFolder } from '../src/scratch-folder.ts';
import { waitFor } from '../src/wait-for.ts';

const token = 'install-test-token-0123456789abcdef';
const beijing = 'beijing' as RegionId;
const brokenMain = "process.stderr.write('this version is broken');\nprocess.exit(1);\n";

describe.skipIf(!canMakeRoot())('the install script, on a machine without anything of ours', () => {
  const scratch = makeScratchFolder();
  const dist = join(scratch.path, 'dist');
  let hub: Server;
  let machine: BareRoot;
  let port: number;
  const admin = () => createHubClient({ url: hub.url, token }).trpc.fleet;
  const install = (options: string) => machine.run(`curl -fsSL ${hub.url}/install.sh | sh -s -- --no-service ${options}`);
  const place = () => `--host 127.0.0.1 --port ${port} --url http://127.0.0.1:${port}`;
  const edge = () => callEdge(`http://127.0.0.1:${port}`, token);
  /** Connections that were kept alive end with the process that they led to. */
  const first = () => waitFor({ what: 'the file can be read' }, () => edge().get('/first.txt'));
  const inside = (path: string) => join(machine.path, path);
  const versions = () => readdirSync(inside('opt/jzse/versions'));
  const offer = (version: string, files: Readonly<Record<string, string>> = {}) => repackage(packaged(), { folder: dist, version, files });

  beforeAll(async () => {
    mkdirSync(dist);
    buildPage();
    execFileSync(node, ['scripts/package-edge.ts'], { cwd: repository });
    copyFileSync(packaged(), join(dist, 'edge-0.1.0-linux-x64.tar.gz'));
    port = await freePort();
    hub = await startHub({ dataDir: join(scratch.path, 'hub'), token, env: { JZSE_DIST: dist } });
    machine = await makeBareRoot(join(scratch.path, 'root'));
  }, 300_000);
  afterAll(async () => {
    machine?.run('kill -9 $(cat /var/lib/jzse/edge.pid)');
    await machine?.close();
    await hub?.stop();
    scratch.remove();
  });

  test('installs, enrols, and serves a file', async () => {
    const { token: enrolToken } = await admin().addRegion.mutate({ region: beijing, url: null });
    const { code, output } = install(`--token ${enrolToken} ${place()}`);
    expect(output).toContain(`region beijing is served by JzSE 0.1.0 at http://127.0.0.1:${port}`);
    expect(code).toBe(0);
    expect(output).not.toContain(enrolToken);
    await edge().put('/first.txt', Buffer.from('written by an installed edge'));
    expect(statSync(inside('var/lib/jzse')).mode & 0o777).toBe(0o700);
    expect(statSync(inside('var/lib/jzse/region-key.json')).mode & 0o777).toBe(0o600);
    expect(existsSync(inside('var/lib/jzse/enrol-token'))).toBe(false);
    expect(machine.run(`ps -o user= -p $(cat /var/lib/jzse/edge.pid)`).output.trim()).toMatch(/^(jzse|\d+)$/);
    expect((await admin().regions.query()).map(({ region, url }) => [region, url])).toEqual([['beijing', `http://127.0.0.1:${port}`]]);
  });

  test('again changes nothing, and needs no token', async () => {
    expect(install('').output).toContain('region beijing is served by JzSE 0.1.0');
    expect(await first()).toEqual(Buffer.from('written by an installed edge'));
    expect(versions()).toHaveLength(1);
  });

  test('refuses another region on the same machine, and what is no token', async () => {
    const { token: enrolToken } = await admin().addRegion.mutate({ region: 'shanghai' as RegionId, url: null });
    expect(install(`--token ${enrolToken}`)).toMatchObject({ code: 1, output: expect.stringContaining('serves region beijing') });
    expect(install('--token nonsense')).toMatchObject({ code: 1, output: expect.stringContaining('no token') });
    for (const folder of ['/', '/etc', '/var/../etc', 'data', "/var/lib/x'y"])
      expect(install(`--uninstall --data "${folder}"`).code).toBe(1);
    expect(await first()).toBeDefined();
  });

  test('upgrades, with the data', async () => {
    offer('0.1.1');
    expect(install('--upgrade').output).toContain('served by JzSE 0.1.1');
    expect(await first()).toEqual(Buffer.from('written by an installed edge'));
    expect(versions().sort()).toEqual([expect.stringContaining('0.1.0-'), expect.stringContaining('0.1.1-')]);
  });

  test('goes back when the new version does not get well', async () => {
    offer('0.1.2', { 'apps/edge-node/src/main.ts': brokenMain });
    const { code, output } = install('--upgrade --wait 5');
    expect(output).toContain('the version from before runs again');
    expect(code).toBe(1);
    expect(await first()).toEqual(Buffer.from('written by an installed edge'));
    expect(versions().some((version) => version.startsWith('0.1.2'))).toBe(false);
  });

  test('unpacks nothing that was changed on the way', async () => {
    offer('0.1.3');
    const script = await (await fetch(`${hub.url}/install.sh`)).text();
    writeFileSync(inside('tmp/install.sh'), script.replace(/SHA256='[0-9a-f]{8}/, "SHA256='00000000"));
    expect(machine.run('sh /tmp/install.sh --upgrade --no-service')).toMatchObject({
      code: 1,
      output: expect.stringContaining('another package'),
    });
    const foreignKey = script.replace(
      /HUB_KEY='[^']*'/,
      "HUB_KEY='-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----'",
    );
    writeFileSync(inside('tmp/install.sh'), foreignKey);
    expect(machine.run('sh /tmp/install.sh --upgrade --no-service')).toMatchObject({
      code: 1,
      output: expect.stringContaining('signature'),
    });
    expect(versions().some((version) => version.startsWith('0.1.3'))).toBe(false);
  });

  test('broken off at any moment, the next run does all of it', async () => {
    for (const afterMs of [200, 700, 1_500, 3_000]) {
      const running = machine.begin(`curl -fsSL ${hub.url}/install.sh | sh -s -- --no-service --upgrade`);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      if (running.pid !== undefined && running.exitCode === null) process.kill(-running.pid, 'SIGKILL');
    }
    expect(install('').output).toContain('served by JzSE 0.1.3');
    expect(await first()).toEqual(Buffer.from('written by an installed edge'));
    expect(readdirSync(inside('opt/jzse')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('uninstalls, keeps the data unless it is told not to, and is back with it', async () => {
    expect(install('--uninstall').output).toContain('the data is still in /var/lib/jzse');
    await waitFor({ what: 'nothing answers at the port' }, async () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        () => null,
        () => true,
      ),
    );
    expect(existsSync(inside('opt/jzse'))).toBe(false);
    expect(install('').output).toContain('region beijing is served by');
    expect(await first()).toEqual(Buffer.from('written by an installed edge'));
    expect(install('--uninstall --purge').output).toContain('its data are gone');
    expect(['opt/jzse', 'var/lib/jzse', 'etc/jzse'].filter((path) => existsSync(inside(path)))).toEqual([]);
    expect(readFileSync(inside('etc/passwd'), 'utf8')).not.toContain('jzse');
  });
});

const packaged = (): string => join(repository, 'dist/edge-0.1.0-linux-x64.tar.gz');
