import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fingerprintOf, type TlsPair } from '@jzse/gateway';
import type { RegionId } from '@jzse/sync';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startFleetCertificate } from '../../src/trust/fleet-certificate.ts';
import { fingerprintIn, openHubAuthority } from '../../src/trust/hub-authority.ts';

const region = 'beijing' as RegionId;
const logger = pino({ level: 'silent' });
const usual = getCACertificates('default');
let folder: string;
const closing: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jzse-tls-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  setDefaultCACertificates(usual);
  rmSync(folder, { recursive: true, force: true });
});

const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore', cwd: folder });
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

function makeAuthority(name: string): string {
  const options = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '1',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  ];
  openssl('req', '-x509', ...options, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`);
  return read(`${name}.crt`);
}

/** What the hub does with a public key, by openssl. */
function certifyBy(authority: string, { days = 30 } = {}) {
  return async ({ publicKey }: { readonly publicKey: string }) => {
    writeFileSync(join(folder, 'asked.pub'), publicKey);
    writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1');
    const by = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial', '-extfile', 'names'];
    openssl('x509', '-new', '-force_pubkey', 'asked.pub', '-subj', `/CN=${region}`, ...by, '-days', String(days), '-out', 'asked.crt');
    return { certificate: read('asked.crt'), authority: read(`${authority}.crt`) };
  };
}

async function serveHub(certificate: TlsPair, shown: string): Promise<string> {
  const server = createServer(certificate, (_request, answer) => answer.end(shown));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the authority of the hub is taken over when it is the one that the token is for, and known from then on', async () => {
  const shown = makeAuthority('hub');
  const hubUrl = await serveHub({ cert: shown, key: read('hub.key') }, shown);
  const token = `jzse_enrol_beijing_secret.${fingerprintOf(shown)}`;
  expect(fingerprintIn(token)).toBe(fingerprintOf(shown));
  const authority = await openHubAuthority({ hubUrl, data: folder, enrolToken: token, logger });
  await expect(fetch(hubUrl)).rejects.toThrow();
  await authority.learn();
  expect(authority.known()).toBe(shown);
  expect((await fetch(hubUrl)).status).toBe(200);
  const again = await openHubAuthority({ hubUrl, data: folder, enrolToken: null, logger });
  expect(again.known()).toBe(shown);
});

test('another authority than the one that the token is for is not believed, and a token without one changes nothing', async () => {
  const shown = makeAuthority('between');
  const hubUrl = await serveHub({ cert: shown, key: read('between.key') }, shown);
  for (const enrolToken of [`jzse_enrol_beijing_secret.${fingerprintOf(makeAuthority('hub'))}`, 'jzse_enrol_beijing_secret', null]) {
    const authority = await openHubAuthority({ hubUrl, data: folder, enrolToken, logger });
    await authority.learn();
    expect(authority.known()).toBeNull();
    await expect(fetch(hubUrl)).rejects.toThrow();
  }
});

test('a region asks for a certificate once, serves by it, and asks again when two thirds of its time are over', async () => {
  const known = makeAuthority('hub');
  const served: TlsPair[] = [];
  let asked = 0;
  let nowMs = Date.now();
  const certify = certifyBy('hub');
  const start = async (): Promise<void> => {
    const certificate = await startFleetCertificate({
      region,
      url: 'https://127.0.0.1:7400',
      data: folder,
      authority: { known: () => known, learn: async () => undefined },
      certify: (request) => {
        asked += 1;
        return certify(request);
      },
      serveWith: (pair) => served.push(pair),
      nowMs: () => nowMs,
      logger,
    });
    closing.push(certificate.stop);
    await certificate.stop();
  };
  await start();
  expect(served).toHaveLength(1);
  expect(statSync(join(folder, 'tls-key.pem')).mode & 0o777).toBe(0o600);
  await start();
  expect([asked, served.length]).toEqual([1, 2]);
  expect(served[1]).toEqual(served[0]);
  nowMs += 21 * 86_400_000;
  await start();
  expect([asked, served.length]).toEqual([2, 4]);
  expect(served[3]?.cert).not.toBe(served[0]?.cert);
  expect(served[3]?.key).toBe(served[0]?.key);
});

test('a certificate of another authority, or for another key, is not served by', async () => {
  const known = makeAuthority('hub');
  makeAuthority('other');
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'foreign.key');
  openssl('pkey', '-in', 'foreign.key', '-pubout', '-out', 'foreign.pub');
  const publicKey = read('foreign.pub');
  for (const certify of [certifyBy('other'), () => certifyBy('hub')({ publicKey })]) {
    const served: TlsPair[] = [];
    const certificate = await startFleetCertificate({
      region,
      url: 'https://127.0.0.1:7400',
      data: folder,
      authority: { known: () => known, learn: async () => undefined },
      certify,
      serveWith: (pair) => served.push(pair),
      nowMs: Date.now,
      logger,
    });
    await certificate.stop();
    expect(served).toEqual([]);
  }
});
