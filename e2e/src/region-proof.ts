import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An Ed25519 key as a JWK. */
export interface RegionJwk {
  readonly x: string;
  readonly d: string;
}

/** What a thief of a region's data folder has. */
export const stolenKey = (dataDir: string): RegionJwk => JSON.parse(readFileSync(join(dataDir, 'region-key.json'), 'utf8')) as RegionJwk;

export function newKey(): RegionJwk {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { x, d };
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A proof as a region makes it, with whatever claims. */
export function proofBy({ x, d }: RegionJwk, claims: { readonly region: string; readonly aud: string; readonly space?: string }): string {
  const { region, ...rest } = claims;
  const nowS = Math.floor(Date.now() / 1000);
  const payload = { iss: region, sub: region, iat: nowS, nbf: nowS, exp: nowS + 300, ...rest };
  const signed = `${base64url({ alg: 'EdDSA', typ: 'jzse-region+jwt' })}.${base64url(payload)}`;
  const key = createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x, d } });
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}
