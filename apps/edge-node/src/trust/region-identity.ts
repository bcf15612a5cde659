import type { FleetServices, HubRouter } from '@jzse/api/hub';
import type { KeyPair } from '@jzse/identity';
import type { RegionId } from '@jzse/sync';
import { createTRPCClient, httpLink } from '@trpc/client';
import type { Logger } from 'pino';
import type { HubCredentials } from '../replicate/hub-credentials.ts';
import { toHubError } from '../replicate/hub-errors.ts';
import { createEnrolment, readEnrolToken } from './enrol-region.ts';
import { openRegionKey } from './region-key.ts';
import { createRegionProofs, type RegionProofs } from './region-proofs.ts';

export interface RegionIdentityDeps {
  readonly region: RegionId;
  readonly url: string;
  readonly hubUrl: string;
  /** Folder that is there already. */
  readonly data: string;
  readonly enrolToken: string | null;
  readonly nowMs: () => number;
  readonly logger: Logger;
}
export interface RegionIdentity {
  readonly key: KeyPair;
  readonly proofs: RegionProofs;
  readonly credentials: HubCredentials;
}

const enrolTimeoutMs = 5_000;

/** This region as the others know it: by its key. Asks nobody until it is refused, or a token waits in its data folder. */
export async function openRegionIdentity(deps: RegionIdentityDeps): Promise<RegionIdentity> {
  const key = await openRegionKey(deps.data);
  const proofs = createRegionProofs({ ...deps, key });
  const enrolment = createEnrolment({ ...deps, publicKey: key.publicKey, token: deps.enrolToken, enrol: enrolAt(deps.hubUrl) });
  const onUnknown: HubCredentials['onUnknown'] = () => {
    proofs.forget();
    return enrolment();
  };
  const enrolled = enrolByFile(deps.data, enrolment);
  const proof: HubCredentials['proof'] = async () => {
    await enrolled();
    return proofs.forHub();
  };
  return { key, proofs, credentials: { proof, onHubTime: proofs.noteHubTime, onUnknown } };
}

/** Before the first call: every one that is on its way at the start would be refused, and logged as such. At most one attempt is waited for. */
function enrolByFile(data: string, enrolment: () => Promise<boolean>): () => Promise<unknown> {
  const attempt = async (): Promise<boolean> => (await readEnrolToken(data)) !== null && enrolment();
  let first: Promise<unknown> | null = null;
  return () => {
    // What fails here is told by the call that waits.
    first ??= attempt().catch(() => false);
    return first;
  };
}

/** The only call that a region makes without a proof. Throws the hub's own code, or `hub-unreachable`. */
function enrolAt(hubUrl: string): FleetServices['enrol'] {
  const client = createTRPCClient<HubRouter>({ links: [httpLink({ url: `${hubUrl}/trpc` })] });
  return async (request) => {
    try {
      return await client.fleet.enrol.mutate(request, { signal: AbortSignal.timeout(enrolTimeoutMs) });
    } catch (error) {
      throw toHubError(error, hubUrl);
    }
  };
}
