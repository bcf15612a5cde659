import { generateKeyPairSync } from 'node:crypto';
import { type CryptoKey, importJWK } from 'jose';

/** Ed25519 as the JWK members `x` and `d`, base64url. */
export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

export function newKeyPair(): KeyPair {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  if (x === undefined || d === undefined) throw new Error('an Ed25519 key has x and d');
  return { publicKey: x, privateKey: d };
}

export const algorithm = 'EdDSA';

export async function importPublicKey(publicKey: string): Promise<CryptoKey> {
  return (await importJWK({ kty: 'OKP', crv: 'Ed25519', x: publicKey }, algorithm)) as CryptoKey;
}
export async function importPrivateKey({ publicKey, privateKey }: KeyPair): Promise<CryptoKey> {
  return (await importJWK({ kty: 'OKP', crv: 'Ed25519', x: publicKey, d: privateKey }, algorithm)) as CryptoKey;
}
