import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { FleetServices } from '@jzse/api/hub';
import { isCertificateFor, isRenewalDue, type TlsPair } from '@jzse/gateway';
import type { RegionId } from '@jzse/sync';
import type { Logger } from 'pino';
import type { HubAuthority } from './hub-authority.ts';
import { readWhole, writeWhole } from './whole-files.ts';

export interface FleetCertificateDeps {
  readonly region: RegionId;
  /** How others reach this region. */
  readonly url: string;
  readonly data: string;
  readonly authority: HubAuthority;
  readonly certify: FleetServices['certify'];
  /** For connections from now on. */
  readonly serveWith: (pair: TlsPair) => void;
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

const keyFile = 'tls-key.pem';
const certificateFile = 'tls-cert.pem';
const lookEveryMs = 20_000;
const retryMsMin = 500;

/**
 * Serves by a certificate of the hub's authority: by the one that is kept, if there is one, and a new one when two thirds of its time are
 * over, when this region has another address, or when the hub has another authority. The hub need not be there meanwhile. The key is made
 * here and never sent anywhere.
 */
export async function startFleetCertificate(deps: FleetCertificateDeps): Promise<{ stop(): Promise<void> }> {
  const key = await openKey(deps.data);
  const kept = await readWhole(deps.data, certificateFile);
  if (kept !== null && isOurs(kept, key)) deps.serveWith({ cert: kept, key });
  const renewal = createRenewal(deps, { key, kept });
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let retryMs = retryMsMin;
  let round = Promise.resolve();
  const run = (): void => {
    round = renewal()
      .then(
        () => {
          retryMs = retryMsMin;
          return lookEveryMs;
        },
        (cause: unknown) => {
          deps.logger.warn({ err: cause }, 'this region has no certificate of the hub for its address yet; the hub is asked again');
          retryMs = Math.min(retryMs * 2, lookEveryMs);
          return retryMs;
        },
      )
      .then((waitMs) => {
        if (!isStopped) timer = setTimeout(run, waitMs);
      });
  };
  run();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}

/** One look: asks for a certificate if there is need of one. Throws what the hub answers, and for a certificate that is not what was asked for. */
function createRenewal(deps: FleetCertificateDeps, { key, kept }: { readonly key: string; readonly kept: string | null }) {
  let served = kept;
  return async (): Promise<void> => {
    await deps.authority.learn();
    if (served !== null && !isNewOneNeeded(deps, served, key)) return;
    const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
    const { certificate } = await deps.certify({ region: deps.region, publicKey });
    if (!isOurs(certificate, key)) throw new Error('the certificate is for another key than the one of this region');
    if (!isByKnown(deps, certificate)) throw new Error('the certificate is by another authority than the one that the hub is known by');
    deps.serveWith({ cert: certificate, key });
    served = certificate;
    await writeWhole(deps.data, certificateFile, certificate);
    // Others are sent to the approved address: the certificate is good for them.
    if (!isCertificateFor(certificate, deps.url)) throw new Error(`the address that was approved for this region is not ${deps.url}`);
    deps.logger.info('a new certificate of the hub counts from now on');
  };
}

const isNewOneNeeded = (deps: FleetCertificateDeps, served: string, key: string): boolean =>
  !isOurs(served, key) || isRenewalDue(served, deps.nowMs()) || !isByKnown(deps, served) || !isCertificateFor(served, deps.url);

const isOurs = (certificate: string, key: string): boolean => new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));

/** A hub that is known otherwise may have any. */
function isByKnown({ authority }: FleetCertificateDeps, certificate: string): boolean {
  const known = authority.known();
  return known === null || new X509Certificate(certificate).verify(new X509Certificate(known).publicKey);
}

async function openKey(data: string): Promise<string> {
  const known = await readWhole(data, keyFile);
  if (known !== null) return known;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const made = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeWhole(data, keyFile, made);
  return made;
}
