import { SignJWT } from 'jose';
import { algorithm, importPrivateKey, type KeyPair } from './keys.ts';
import { createTokenVerifier } from './verified-tokens.ts';

/** Issuer of the hub's access tokens; a region's carry its id. */
export const hubIssuer = 'hub';
export const accessTokenLifetimeMs = 10 * 60_000;
export const accessTokenType = 'at+jwt';
const audience = 'jzse';

export interface AccessClaims {
  readonly user: string;
  readonly session: string;
  readonly device: string;
  /** `hub`, or the region that signed the person in by itself. */
  readonly issuer: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
}
export interface SigningKey extends KeyPair {
  readonly kid: string;
  readonly issuer: string;
}

/** EdDSA JWT, good for 10 minutes from `nowMs`. Times in it are whole seconds. */
export async function signAccessToken(
  key: SigningKey,
  of: { readonly user: string; readonly session: string; readonly device: string; readonly nowMs: number },
): Promise<{ readonly token: string; readonly expiresMs: number }> {
  const issuedS = Math.floor(of.nowMs / 1000);
  const expiresS = issuedS + accessTokenLifetimeMs / 1000;
  const token = await new SignJWT({ sid: of.session, dev: of.device })
    .setProtectedHeader({ alg: algorithm, kid: key.kid, typ: accessTokenType })
    .setIssuer(key.issuer)
    .setSubject(of.user)
    .setAudience(audience)
    .setIssuedAt(issuedS)
    .setNotBefore(issuedS)
    .setExpirationTime(expiresS)
    .sign(await importPrivateKey(key));
  return { token, expiresMs: expiresS * 1000 };
}

/**
 * Says whose token it is; whether the session still counts is the caller's to look up at each request. `keyOf`: public key (`x`) of a
 * `kid`, and whose it is; the token's issuer must be that one. Throws `unauthenticated`.
 */
export function createAccessTokenVerifier(deps: {
  readonly keyOf: (kid: string) => VerificationKey | null | Promise<VerificationKey | null>;
  readonly nowMs: () => number;
}): (token: string) => Promise<AccessClaims> {
  return createTokenVerifier<AccessClaims>({
    type: accessTokenType,
    audience,
    lifetimeS: accessTokenLifetimeMs / 1000,
    nowMs: deps.nowMs,
    keyOf: async ({ kid, issuer }) => {
      const key = kid === null ? null : await deps.keyOf(kid);
      return key === null || key.issuer !== issuer ? null : key.publicKey;
    },
    read: ({ sub, sid, dev, iss, iat, exp }) =>
      typeof sub === 'string' &&
      typeof sid === 'string' &&
      typeof dev === 'string' &&
      iss !== undefined &&
      iat !== undefined &&
      exp !== undefined
        ? { user: sub, session: sid, device: dev, issuer: iss, issuedMs: iat * 1000, expiresMs: exp * 1000 }
        : null,
  });
}
export interface VerificationKey {
  readonly issuer: string;
  readonly publicKey: string;
}
