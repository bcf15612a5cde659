import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { JzseError } from '@jzse/api';
import type { FleetStore } from '@jzse/db/hub';
import { fingerprintOf } from '@jzse/gateway';
import { issueCertificate } from './issue-certificate.ts';

const dayMs = 86_400_000;
const authorityMs = 3_650 * dayMs;
/** A server renews its certificate when two thirds of that are over. */
export const certificateMs = 30 * dayMs;
/** Clocks of other machines may be behind. */
const earlyMs = 3_600_000;

export interface FleetAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly fingerprint: string;
  /** For a server that has the other half of this key (PEM, on P-256) and is called by these names. Throws `invalid-input`. */
  certify(server: { readonly subject: string; readonly publicKey: string; readonly names: readonly string[] }): string;
}
export interface FleetAuthorityDeps {
  readonly store: Pick<FleetStore, 'keepAuthority'>;
  readonly nowMs: () => number;
}

/** Made with the first hub that asks for it; the key never leaves the database and the hubs on it. */
export async function openFleetAuthority({ store, nowMs }: FleetAuthorityDeps): Promise<FleetAuthority> {
  const { certificate, privateKey } = await store.keepAuthority(() => makeAuthority(nowMs()));
  const known = new X509Certificate(certificate);
  const issuerKey = createPrivateKey(privateKey);
  return {
    certificate,
    fingerprint: fingerprintOf(certificate),
    certify: ({ subject, publicKey, names }) =>
      issueCertificate({
        subject,
        names,
        publicKey: readPublicKey(publicKey),
        issuer: authorityName(known),
        issuerKey,
        issuerPublicKey: known.publicKey,
        fromMs: nowMs() - earlyMs,
        untilMs: nowMs() - earlyMs + certificateMs,
      }),
  };
}

function makeAuthority(createdMs: number) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // Another authority has another name, so that nobody takes the one's certificates for the other's.
  const name = `JzSE fleet ${fingerprintOfKey(publicKey).slice(0, 12)}`;
  const certificate = issueCertificate({
    subject: name,
    issuer: name,
    publicKey,
    issuerKey: privateKey,
    issuerPublicKey: publicKey,
    names: null,
    fromMs: createdMs - earlyMs,
    untilMs: createdMs + authorityMs,
  });
  return { certificate, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), createdMs };
}

const fingerprintOfKey = (key: KeyObject): string => fingerprintOf(key.export({ type: 'spki', format: 'pem' }).toString());
const authorityName = ({ subject }: X509Certificate): string => subject.replace(/^CN=/, '');

function readPublicKey(text: string): KeyObject {
  const refusal = 'this is no key of a server: make one on the curve P-256, and send its public half as PEM';
  try {
    const key = createPublicKey({ key: text, format: 'pem', type: 'spki' });
    // A private key would be read as its public half: who sends one must hear of it.
    if (text.includes('PUBLIC KEY') && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch (cause) {
    throw new JzseError('invalid-input', refusal, { cause });
  }
  throw new JzseError('invalid-input', refusal);
}
