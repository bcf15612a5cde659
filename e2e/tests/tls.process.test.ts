import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { connect, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createHubClient } from '@jzse/client';
import { admitRegion } from '@jzse/client/node';
import { expect, test } from 'vitest';
import { callEdge } from '../src/edge-calls.ts';
import { freePort } from '../src/free-ports.ts';
import { type Server, startEdge, startHub } from '../src/processes.ts';
import { makeScratchFolder } from '../src/scratch-folder.ts';
import { waitFor } from '../src/wait-for.ts';

const token = 'tls-test-token-0123456789abcdef';

interface Files {
  readonly cert: string;
  readonly key: string;
}

/** An authority, and certificates by it for servers on this machine. */
function openAuthority(folder: string) {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: folder });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...ec, '-days', '2', '-subj', '/CN=authority of a test', '-keyout', 'ca.key', '-out', 'ca.crt');
  return {
    file: join(folder, 'ca.crt'),
    certify: (name: string): Files => {
      openssl(
        'req',
        ...ec,
        '-subj',
        `/CN=${name}`,
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
      );
      const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy', '-days', '1'];
      openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`);
      return { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
    },
  };
}

const nameAt = (port: number): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.destroy();
    });
    socket.on('error', reject);
  });

test('hub and regions speak over TLS by certificates of an authority of their own, and take renewed ones without a restart', async () => {
  const scratch = makeScratchFolder();
  const authority = openAuthority(scratch.path);
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(authority.file, 'utf8')]);
  const over = ({ cert, key }: Files) => ({ JZSE_TLS_CERT: cert, JZSE_TLS_KEY: key, JZSE_CA: authority.file });
  const servers: Server[] = [];
  try {
    const hub = await startHub({ dataDir: join(scratch.path, 'hub'), token, env: over(authority.certify('hub')) });
    servers.push(hub);
    const admin = createHubClient({ url: hub.url, token });
    const edges = new Map<string, Server>();
    for (const region of ['beijing', 'shanghai']) {
      const dataDir = join(scratch.path, region);
      const port = await freePort();
      await admitRegion(admin, { region, url: `https://127.0.0.1:${port}`, data: dataDir });
      const edge = await startEdge({ region, hubUrl: hub.url, dataDir, port, env: over(authority.certify(region)) });
      servers.push(edge);
      edges.set(region, edge);
    }
    const [beijing, shanghai] = [edges.get('beijing'), edges.get('shanghai')] as [Server, Server];
    await callEdge(beijing.url, token).put('/over tls.txt', Buffer.from('over tls'));
    await waitFor({ what: 'shanghai has the file' }, async () =>
      (await callEdge(shanghai.url, token).get('/over tls.txt')).equals(Buffer.from('over tls')),
    );

    expect(await nameAt(shanghai.port)).toBe('shanghai');
    const renewed = authority.certify('renewed');
    renameSync(renewed.key, join(scratch.path, 'shanghai.key'));
    renameSync(renewed.cert, join(scratch.path, 'shanghai.crt'));
    await waitFor({ what: 'the renewed certificate counts' }, async () => (await nameAt(shanghai.port)) === 'renewed');
    expect((await callEdge(shanghai.url, token).get('/over tls.txt')).toString()).toBe('over tls');

    // Who does not know the authority does not speak to its servers.
    const stranger = await startEdge({
      region: 'shenzhen',
      hubUrl: hub.url,
      dataDir: join(scratch.path, 'shenzhen'),
      awaitReady: false,
      env: { JZSE_ENROL_TOKEN: 'jzse_enrol_shenzhen_x', JZSE_LOG_LEVEL: 'debug' },
    });
    servers.push(stranger);
    await waitFor(
      { what: 'the stranger is refused by itself' },
      () =>
        stranger.log().includes('UNABLE_TO_VERIFY_LEAF_SIGNATURE') ||
        stranger.log().includes('self-signed certificate') ||
        stranger.log().includes('SELF_SIGNED_CERT_IN_CHAIN'),
    );
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    scratch.remove();
  }
});
