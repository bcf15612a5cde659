import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import type { HubServices } from '@jzse/api/hub';
import { openIdentityStore } from '@jzse/db/hub';
import { isRenewalDue } from '@jzse/gateway';
import type { RegionId } from '@jzse/sync';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openFleetView } from '../src/fleet/fleet-view.ts';
import { type Fleet, openFleet } from '../src/fleet/open-fleet.ts';
import { certificateMs, type FleetAuthority, openFleetAuthority } from '../src/fleet/tls/fleet-authority.ts';
import { namesOf } from '../src/fleet/tls/serve-by-authority.ts';
import { startEmbeddedPostgres } from '../src/postgres/embedded-postgres.ts';
import { testFolder } from './test-hub.ts';

const folder = testFolder();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => folder.remove());

const spki = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const newAuthority = (nowMs = Date.now()): Promise<FleetAuthority> =>
  openFleetAuthority({ store: { keepAuthority: async (make) => make() }, nowMs: () => nowMs });

/** A server by the authority, called by these names. */
async function serve(authority: FleetAuthority, names: readonly string[]): Promise<number> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = authority.certify({ subject: 'JzSE beijing', publicKey: spki(publicKey), names });
  const server = createServer({ cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) }, (socket) => socket.end());
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** As a client that knows this authority and calls the server so: null, or why it does not believe it. */
const doubtsOf = (port: number, { ca, host }: { readonly ca: string; readonly host: string }): Promise<string | null> =>
  new Promise((resolve) => {
    const checked = connect({ port, host: '127.0.0.1', ca, ...(host === '127.0.0.1' ? {} : { servername: host }) }, () => {
      resolve(null);
      checked.destroy();
    });
    checked.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });

describe('certificates', () => {
  test('are believed by who knows the authority, for the names that they are for and no others', async () => {
    const authority = await newAuthority();
    const port = await serve(authority, ['beijing.example', '127.0.0.1']);
    const ca = authority.certificate;
    expect(await doubtsOf(port, { ca, host: '127.0.0.1' })).toBeNull();
    expect(await doubtsOf(port, { ca, host: 'beijing.example' })).toBeNull();
    expect(await doubtsOf(port, { ca, host: 'shanghai.example' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await doubtsOf(port, { ca: (await newAuthority()).certificate, host: '127.0.0.1' })).toMatch(/SIGNATURE|ISSUER/);
  });

  test('and the authority are what openssl takes them for', async () => {
    const authority = await newAuthority();
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const names = ['beijing.example', '10.0.0.7', '2001:db8::1:7', '::1'];
    const [ca, leaf] = [join(folder.path, 'ca.pem'), join(folder.path, 'leaf.pem')];
    writeFileSync(ca, authority.certificate);
    writeFileSync(leaf, authority.certify({ subject: 'JzSE beijing', publicKey: spki(publicKey), names }));
    const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8' });
    expect(openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', ca, leaf)).toContain('OK');
    expect(openssl('x509', '-in', ca, '-noout', '-text')).toMatch(/CA:TRUE, pathlen:0[\s\S]*Certificate Sign/);
    const known = new X509Certificate(authority.certify({ subject: 'x', publicKey: spki(publicKey), names }));
    for (const name of names.slice(1)) expect(known.checkIP(name)).toBe(name);
    expect(known.checkIP('10.0.0.8')).toBeUndefined();
    expect(known.ca).toBe(false);
  });

  test('are to be renewed when two thirds of their time are over', async () => {
    const nowMs = Date.UTC(2049, 11, 25);
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const cert = (await newAuthority(nowMs)).certify({ subject: 'x', publicKey: spki(publicKey), names: ['hub'] });
    expect(isRenewalDue(cert, nowMs + certificateMs * 0.65)).toBe(false);
    expect(isRenewalDue(cert, nowMs + certificateMs * 0.67)).toBe(true);
    expect(new X509Certificate(cert).validToDate.getUTCFullYear()).toBe(2050);
  });

  test('are for keys on P-256 only, and for public halves', async () => {
    const authority = await newAuthority();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
    for (const publicKey of ['no key', spki(other), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()]) {
      const certify = (): string => authority.certify({ subject: 'x', publicKey, names: ['hub'] });
      expect(certify).toThrow(expect.objectContaining({ name: 'JzseError', code: 'invalid-input' }));
    }
  });

  test('of the hub are for its own addresses', () => {
    expect(namesOf({ url: 'https://hub.example.com:7300', host: '10.0.0.2' })).toEqual(['hub.example.com', '10.0.0.2']);
    expect(namesOf({ url: 'https://[2001:db8::1]', host: '0.0.0.0' })).toEqual(['2001:db8::1', 'localhost', '127.0.0.1']);
    expect(namesOf({ url: null, host: '127.0.0.1' })).toEqual(['127.0.0.1']);
  });
});

describe('the fleet of a hub that keeps an authority', () => {
  const beijing = 'beijing' as RegionId;
  let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
  beforeAll(async () => {
    postgres = await startEmbeddedPostgres({
      dataFolder: join(folder.path, 'hub'),
      logger: pino({ level: 'silent' }),
      onDeath: () => undefined,
    });
  });
  afterAll(() => postgres.stop());

  async function open(tls: 'files' | 'fleet'): Promise<Fleet> {
    const { databaseUrl } = postgres;
    const directory = await openIdentityStore({ databaseUrl });
    const view = await openFleetView(directory);
    const hub = { listSpaces: async () => [], raiseEvents: async () => undefined } as never;
    const unneeded = {
      hub,
      services: {} as HubServices,
      directoryChanged: () => undefined,
      askAboutDirectory: () => undefined,
      note: () => undefined,
    };
    const fleet = await openFleet({ ...unneeded, databaseUrl, tls, directory, view, nowMs: Date.now });
    closers.push(directory.close, fleet.close);
    return fleet;
  }
  const publicKey = spki(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
  const coded = (code: string) => expect.objectContaining({ name: 'JzseError', code });

  test('a region gets a certificate for its approved address, until it is revoked', async () => {
    const { services, authority } = await open('fleet');
    const { token } = await services.addRegion({ region: beijing, url: 'https://10.0.0.7:7400' });
    expect(token.split('.')[1]).toBe(authority?.fingerprint);
    await expect(services.certify({ region: beijing, publicKey })).rejects.toEqual(coded('unauthenticated'));
    await services.enrol({ token, region: beijing, publicKey: 'x'.repeat(43), url: 'https://elsewhere.example' });
    const certified = await services.certify({ region: beijing, publicKey });
    expect(new X509Certificate(certified.certificate).subjectAltName).toBe('IP Address:10.0.0.7');
    expect(certified.authority).toBe(authority?.certificate);
    await services.revokeRegion(beijing);
    await expect(services.certify({ region: beijing, publicKey })).rejects.toEqual(coded('unauthenticated'));
  });

  test('the hubs on one database have one authority, and a hub without says so', async () => {
    const [one, other] = await Promise.all([open('fleet'), open('fleet')]);
    expect(one.authority?.fingerprint).toBe(other.authority?.fingerprint);
    const { services, authority } = await open('files');
    expect(authority).toBeNull();
    expect((await services.addRegion({ region: beijing, url: null })).token).not.toContain('.');
    await expect(services.certify({ region: beijing, publicKey })).rejects.toEqual(coded('invalid-input'));
  });
});
