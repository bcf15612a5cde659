import { isSlug, type RegionId, regionId, type SpaceId, spaceId } from '@jzse/sync';
import { SignJWT } from 'jose';
import { algorithm, importPrivateKey, type KeyPair } from './keys.ts';
import { createTokenVerifier } from './verified-tokens.ts';

export const regionProofLifetimeMs = 5 * 60_000;
export const regionProofType = 'jzse-region+jwt';
export type ProofAudience = 'jzse-hub' | 'jzse-region';

export interface RegionProof {
  readonly region: RegionId;
  /** The only space that it is good for; null: none is named. */
  readonly space: SpaceId | null;
}

/** A region's own word that it is itself, signed by its key; good for 5 minutes from `nowMs`. */
export async function signRegionProof(
  key: KeyPair,
  of: RegionProof & { readonly audience: ProofAudience; readonly nowMs: number },
): Promise<{ readonly token: string; readonly expiresMs: number }> {
  const issuedS = Math.floor(of.nowMs / 1000);
  const expiresS = issuedS + regionProofLifetimeMs / 1000;
  const token = await new SignJWT(of.space === null ? {} : { space: of.space })
    .setProtectedHeader({ alg: algorithm, typ: regionProofType })
    .setIssuer(of.region)
    .setSubject(of.region)
    .setAudience(of.audience)
    .setIssuedAt(issuedS)
    .setNotBefore(issuedS)
    .setExpirationTime(expiresS)
    .sign(await importPrivateKey(key));
  return { token, expiresMs: expiresS * 1000 };
}

/** `keyOf`: the public key (`x`) of a region that may take part; null: there is none such, or it was revoked. Throws `unauthenticated`. */
export function createRegionProofVerifier(deps: {
  readonly audience: ProofAudience;
  readonly keyOf: (region: RegionId) => string | null | Promise<string | null>;
  readonly nowMs: () => number;
}): (token: string) => Promise<RegionProof> {
  return createTokenVerifier<RegionProof>({
    type: regionProofType,
    audience: deps.audience,
    lifetimeS: regionProofLifetimeMs / 1000,
    nowMs: deps.nowMs,
    keyOf: ({ issuer }) => (isSlug(issuer) ? deps.keyOf(regionId(issuer)) : null),
    read: ({ iss, sub, space }) => {
      if (iss === undefined || iss !== sub || !isSlug(iss)) return null;
      if (space === undefined) return { region: regionId(iss), space: null };
      return typeof space === 'string' && isSlug(space) ? { region: regionId(iss), space: spaceId(space) } : null;
    },
  });
}
