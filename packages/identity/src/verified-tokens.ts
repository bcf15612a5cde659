import { hash } from 'node:crypto';
import { JzseError } from '@jzse/api';
import { type CryptoKey, errors, type JWTPayload, jwtVerify } from 'jose';
import { algorithm, importPublicKey } from './keys.ts';

/** Clocks of servers may differ by this much. */
export const leewayS = 60;
const cachedMax = 20_000;
const keysMax = 1_000;

export interface TokenShape<Claims> {
  /** `typ` of the header, so that no token of another kind passes. */
  readonly type: string;
  readonly audience: string;
  readonly lifetimeS: number;
  readonly nowMs: () => number;
  /** Base64url `x` of the key that may sign this token; null: none. Asked before the signature was checked, of whatever was sent. */
  readonly keyOf: (unverified: { readonly kid: string | null; readonly issuer: string }) => string | null | Promise<string | null>;
  /** Null: the claims are not ours. */
  readonly read: (payload: JWTPayload) => Claims | null;
}
interface Verified<Claims> {
  readonly claims: Claims;
  readonly kid: string | null;
  readonly issuer: string;
  readonly publicKey: string;
  readonly expiresMs: number;
}

/**
 * Checks the signature once: after that a token is known by its SHA-256 until it expires, as long as its key still counts.
 * Throws `unauthenticated`.
 */
export function createTokenVerifier<Claims>(shape: TokenShape<Claims>): (token: string) => Promise<Claims> {
  const known = createLastUsed<Verified<Claims>>(cachedMax);
  const keys = createLastUsed<CryptoKey>(keysMax);
  return async (token) => {
    const digest = hash('sha256', token, 'base64');
    const before = known.get(digest);
    if (before !== undefined) {
      if (before.expiresMs > shape.nowMs() && (await shape.keyOf(before)) === before.publicKey) return before.claims;
      known.delete(digest);
    }
    const verified = await verify(shape, keys, token);
    known.set(digest, verified);
    return verified.claims;
  };
}

async function verify<Claims>(shape: TokenShape<Claims>, keys: LastUsed<CryptoKey>, token: string): Promise<Verified<Claims>> {
  const { kid, issuer } = unverifiedParts(token);
  const publicKey = await shape.keyOf({ kid, issuer });
  if (publicKey === null) throw refused();
  try {
    let key = keys.get(publicKey);
    if (key === undefined) {
      key = await importPublicKey(publicKey);
      keys.set(publicKey, key);
    }
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      typ: shape.type,
      audience: shape.audience,
      issuer,
      clockTolerance: leewayS,
      // Refuses, beside what is too old, what was issued in the future.
      maxTokenAge: shape.lifetimeS,
      requiredClaims: ['exp', 'nbf', 'iat', 'sub'],
      currentDate: new Date(shape.nowMs()),
    });
    const claims = shape.read(payload);
    if (claims === null || payload.exp === undefined) throw refused();
    return { claims, kid, issuer, publicKey, expiresMs: (payload.exp + leewayS) * 1000 };
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) throw new JzseError('unauthenticated', 'this token has expired: refresh it or sign in again');
    throw cause instanceof JzseError ? cause : refused();
  }
}

const refused = (): JzseError => new JzseError('unauthenticated', 'this token is not valid here: sign in again');

const tokenCharactersMax = 4_096;

/** Only to find the key; whoever made it up gains nothing. */
function unverifiedParts(token: string): { readonly kid: string | null; readonly issuer: string } {
  const [header, payload, , ...rest] = token.length > tokenCharactersMax ? [] : token.split('.');
  const { kid } = jsonObject(header);
  const { iss } = jsonObject(payload);
  if (rest.length > 0 || typeof iss !== 'string' || !(kid === undefined || typeof kid === 'string')) throw refused();
  return { kid: kid ?? null, issuer: iss };
}

/** `typ` of a signed token, unchecked; null: it is not one. */
export function unverifiedType(token: string): string | null {
  if (token.length > tokenCharactersMax || !/^[\w-]+\.[\w-]*\.[\w-]*$/.test(token)) return null;
  const { typ } = jsonObject(token.slice(0, token.indexOf('.')));
  return typeof typ === 'string' ? typ : null;
}

function jsonObject(part: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

interface LastUsed<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
}

/** Forgets what was used longest ago. */
function createLastUsed<Value>(valuesMax: number): LastUsed<Value> {
  const values = new Map<string, Value>();
  return {
    get: (key) => {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set: (key, value) => {
      values.delete(key);
      values.set(key, value);
      const [oldest] = values.keys();
      if (values.size > valuesMax && oldest !== undefined) values.delete(oldest);
    },
    delete: (key) => void values.delete(key),
  };
}
