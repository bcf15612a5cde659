import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGateway, createTokenGuard, followTls, frontDoorOptions, gatewaySettings, readConfig } from '../src/index.ts';

let folder: string;
const closing: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jzse-tls-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** A certificate for 127.0.0.1 that vouches for itself. */
function makeCertificate(name: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const options = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  execFileSync(
    'openssl',
    ['req', ...options, '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  );
  return { cert, key };
}

async function serve(files: { readonly cert: string; readonly key: string }) {
  const config = readConfig(gatewaySettings, { JZSE_TLS_CERT: files.cert, JZSE_TLS_KEY: files.key });
  const logger = pino({ level: 'silent' });
  const guard = createTokenGuard('a-token-for-tests');
  const app = await createGateway({ ...frontDoorOptions(config), name: 'test', version: '0', guard, logger, ready: async () => null });
  await app.listen({ host: '127.0.0.1', port: 0 });
  closing.push(() => app.close(), followTls(app, config, logger));
  return (app.server.address() as AddressInfo).port;
}

/** Who the server says it is; checked against what is trusted. */
const nameAt = (port: number, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path: '/healthz', ca: readFileSync(ca), agent: false }, (response) => {
      resolve(String((response.socket as TLSSocket).getPeerCertificate().subject.CN));
      response.resume();
    });
    call.on('error', reject).end();
  });

test('serves over TLS by the files, and a renewed certificate counts without a restart', async () => {
  const first = makeCertificate('first');
  const port = await serve(first);
  expect(await nameAt(port, first.cert)).toBe('first');
  const second = makeCertificate('second');
  await expect(nameAt(port, second.cert)).rejects.toThrow();
  const trusted = readFileSync(second.cert);
  renameSync(second.key, first.key);
  renameSync(second.cert, first.cert);
  await expect.poll(() => nameAt(port, first.cert).catch(() => null), { timeout: 20_000 }).toBe('second');
  writeFileSync(first.cert, 'no certificate');
  await new Promise((resolve) => setTimeout(resolve, 100));
  writeFileSync(second.cert, trusted);
  expect(await nameAt(port, second.cert)).toBe('second');
});

test('half of a pair, and a pair that does not belong together, are refused at the start', async () => {
  const [one, other] = [makeCertificate('one'), makeCertificate('other')];
  expect(() => frontDoorOptions(readConfig(gatewaySettings, { JZSE_TLS_CERT: one.cert }))).toThrow('go together');
  await expect(serve({ cert: one.cert, key: other.key })).rejects.toThrow();
  await expect(serve({ cert: join(folder, 'none'), key: one.key })).rejects.toThrow('none');
});
