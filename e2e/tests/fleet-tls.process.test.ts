import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createHubClient } from '@jzse/client';
import { admitRegion } from '@jzse/client/node';
import { expect, test } from 'vitest';
import { callEdge } from '../src/edge-calls.ts';
import { freePort } from '../src/free-ports.ts';
import { type Server, startEdge, startHub } from '../src/processes.ts';
import { makeScratchFolder } from '../src/scratch-folder.ts';
import { waitFor } from '../src/wait-for.ts';

const token = 'fleet-tls-test-token-0123456789';
const fleet = { JZSE_TLS: 'fleet' };

/** As an operator gets it, before anything is known of the hub. */
const fetchAuthority = (port: number): string =>
  execFileSync('curl', ['-fsSk', `https://127.0.0.1:${port}/ca.pem`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

test('hub and regions speak over TLS by the authority that the hub keeps, which regions know by their enrolment token', async () => {
  const scratch = makeScratchFolder();
  const servers: Server[] = [];
  try {
    const hubPort = await freePort();
    const starting = startHub({ dataDir: join(scratch.path, 'hub'), port: hubPort, token, env: fleet });
    const authority = await waitFor({ what: 'the hub shows its authority' }, () => fetchAuthority(hubPort));
    setDefaultCACertificates([...getCACertificates('default'), authority]);
    const hub = await starting;
    servers.push(hub);
    const admin = createHubClient({ url: hub.url, token });

    const edges: Server[] = [];
    for (const region of ['beijing', 'shanghai']) {
      const dataDir = join(scratch.path, region);
      const port = await freePort();
      await admitRegion(admin, { region, url: `https://127.0.0.1:${port}`, data: dataDir });
      expect(readFileSync(join(dataDir, 'enrol-token'), 'utf8')).toMatch(/^jzse_enrol_[a-z]+_[\w-]+\.[0-9a-f]{64}\n$/);
      const edge = await startEdge({ region, hubUrl: hub.url, dataDir, port, env: fleet });
      servers.push(edge);
      edges.push(edge);
    }
    const [beijing, shanghai] = edges as [Server, Server];
    for (const [from, to] of [edges, edges.toReversed()] as [Server, Server][]) {
      await callEdge(from.url, token).put(`/of ${from.name}.txt`, Buffer.from(from.name));
      await waitFor({ what: `${to.name} has the file of ${from.name}` }, async () =>
        (await callEdge(to.url, token).get(`/of ${from.name}.txt`)).equals(Buffer.from(from.name)),
      );
    }

    // A token that is for another authority is believed before the hub is.
    const stranger = await startEdge({
      region: 'shenzhen',
      hubUrl: hub.url,
      dataDir: join(scratch.path, 'shenzhen'),
      awaitReady: false,
      env: { ...fleet, JZSE_ENROL_TOKEN: `jzse_enrol_shenzhen_x.${'0'.repeat(64)}` },
    });
    servers.push(stranger);
    await waitFor({ what: 'the stranger is refused by itself' }, () =>
      stranger.log().includes('is not the authority that the enrolment token'),
    );
    expect((await admin.trpc.fleet.regions.query()).map(({ region }) => region)).toEqual(['beijing', 'shanghai']);

    // Started again without the hub, it serves by what it has.
    await hub.kill();
    await shanghai.kill();
    await shanghai.start();
    expect((await callEdge(shanghai.url, token).get('/of beijing.txt')).toString()).toBe('beijing');
    expect((await callEdge(beijing.url, token).get('/of shanghai.txt')).toString()).toBe('shanghai');
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    scratch.remove();
  }
});
