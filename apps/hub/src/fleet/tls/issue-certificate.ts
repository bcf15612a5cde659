import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { der } from './der.ts';

export interface CertificateRequest {
  /** Common names; nobody is known by them. */
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  /** Of the issuer: ECDSA on P-256. */
  readonly issuerKey: KeyObject;
  readonly issuerPublicKey: KeyObject;
  /** Host names and addresses of a server; null: an authority, for servers only. */
  readonly names: readonly string[] | null;
  readonly fromMs: number;
  readonly untilMs: number;
}

const serialBytes = 16;
const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKey: '2.5.29.14',
  keyUsage: '2.5.29.15',
  names: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKey: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
};
const algorithm = der.sequence(der.objectId(oid.ecdsaWithSha256));
/** Bits of `keyUsage`, the first one highest, and how many of the byte stand for nothing. */
const keyCertSign = der.bits(Buffer.of(0x04), 2);
const digitalSignature = der.bits(Buffer.of(0x80), 7);

/** An X.509 certificate (RFC 5280), as PEM. */
export function issueCertificate(request: CertificateRequest): string {
  const { subject, issuer, publicKey, issuerKey, fromMs, untilMs } = request;
  const body = der.sequence(
    der.inside(0, der.integer(Buffer.of(2))),
    der.integer(randomBytes(serialBytes)),
    algorithm,
    nameOf(issuer),
    der.sequence(der.time(fromMs), der.time(untilMs)),
    nameOf(subject),
    spkiOf(publicKey),
    der.inside(3, der.sequence(...extensionsOf(request))),
  );
  const signature = sign('sha256', body, issuerKey);
  return pemOf(der.sequence(body, algorithm, der.bits(signature)));
}

function extensionsOf({ publicKey, issuerPublicKey, names }: CertificateRequest): Buffer[] {
  const isAuthority = names === null;
  const own = [
    critical(oid.basicConstraints, isAuthority ? der.sequence(der.bool(true), der.integer(Buffer.of(0))) : der.sequence()),
    critical(oid.keyUsage, isAuthority ? keyCertSign : digitalSignature),
    extension(oid.subjectKey, der.octets(keyIdOf(publicKey))),
    extension(oid.authorityKey, der.sequence(der.instead(0, keyIdOf(issuerPublicKey)))),
  ];
  if (isAuthority) return own;
  return [
    ...own,
    extension(oid.extendedKeyUsage, der.sequence(der.objectId(oid.serverAuthentication))),
    extension(oid.names, der.sequence(...names.map(generalName))),
  ];
}

const extension = (id: string, value: Buffer): Buffer => der.sequence(der.objectId(id), der.octets(value));
const critical = (id: string, value: Buffer): Buffer => der.sequence(der.objectId(id), der.bool(true), der.octets(value));

const nameOf = (commonName: string): Buffer => der.sequence(der.set(der.sequence(der.objectId(oid.commonName), der.text(commonName))));
const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const keyIdOf = (key: KeyObject): Buffer => createHash('sha256').update(spkiOf(key)).digest().subarray(0, 20);

const dnsName = 2;
const ipAddress = 7;
const generalName = (name: string): Buffer =>
  isIP(name) === 0 ? der.instead(dnsName, Buffer.from(name, 'ascii')) : der.instead(ipAddress, addressBytes(name));

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // Written by a URL: hexadecimal groups, with at most one gap.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groupsOf = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const groups = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function pemOf(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
