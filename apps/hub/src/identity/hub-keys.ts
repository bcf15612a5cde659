import type { IdentityStore, SigningKeyRow } from '@jzse/db/hub';
import { hubIssuer, newId, newKeyPair, type SigningKey, type VerificationKey } from '@jzse/identity';
import type { Directory } from './directory.ts';
import { becomes, goes } from './records.ts';

export const keyLifetimeMs = 30 * 86_400_000;
/** A key that signs no more still vouches for what it has signed. */
export const keyRetiredMs = 86_400_000;
/** Regions hear of a new key before it signs. */
const keyKnownMs = 10 * 60_000;
/** An unknown `kid` may be one that another hub has just made; whoever sends made-up ones makes us look this often at most. */
const lookAgainMs = 5_000;

export interface HubKeys {
  /** To sign with now. */
  current(): SigningKey;
  keyOf(kid: string): Promise<VerificationKey | null>;
  /** Public keys as a JWK set. */
  jwks(): { readonly keys: readonly Readonly<Record<string, string>>[] };
  /** Makes a new key when the last one is old, and drops those that vouch for nothing any more. */
  renew(): Promise<void>;
}

export interface HubKeysDeps {
  readonly store: Pick<IdentityStore, 'signingKeys' | 'addSigningKey' | 'dropSigningKeys'>;
  readonly directory: Pick<Directory, 'get' | 'put'>;
  readonly nowMs: () => number;
}

export async function openHubKeys(deps: HubKeysDeps): Promise<HubKeys> {
  const { store, nowMs } = deps;
  let keys: readonly SigningKeyRow[] = [];
  let lookedMs = 0;
  const look = async (): Promise<void> => {
    lookedMs = nowMs();
    keys = await store.signingKeys();
  };
  const renew = async (): Promise<void> => {
    await look();
    const newest = keys.at(-1);
    if (newest === undefined || nowMs() - newest.createdMs >= keyLifetimeMs) await addKey(deps, keys);
    await dropOld(deps, keys);
    await look();
  };
  await renew();
  const known = (kid: string): SigningKeyRow | undefined => keys.find(({ id }) => id === kid);
  return {
    current: () => {
      const isKnownEverywhere = ({ createdMs }: SigningKeyRow): boolean => nowMs() - createdMs >= keyKnownMs;
      const key = keys.findLast(isKnownEverywhere) ?? keys[0];
      if (key === undefined) throw new Error('the hub makes a key when it starts');
      return { kid: key.id, issuer: hubIssuer, publicKey: key.publicKey, privateKey: key.privateKey };
    },
    keyOf: async (kid) => {
      if (known(kid) === undefined && nowMs() - lookedMs >= lookAgainMs) await look();
      const key = known(kid);
      return key === undefined ? null : { issuer: hubIssuer, publicKey: key.publicKey };
    },
    jwks: () => ({
      keys: keys.map(({ id, publicKey }) => ({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: id, x: publicKey })),
    }),
    renew,
  };
}

/** Kept before it is told: a key that is in the directory can be signed with. */
async function addKey({ store, directory, nowMs }: HubKeysDeps, before: readonly SigningKeyRow[]): Promise<void> {
  const key = { id: newId(), ...newKeyPair(), createdMs: nowMs() };
  await store.addSigningKey(key);
  const retired = before.map(({ id, publicKey, createdMs }) => becomes('key', { id, publicKey, createdMs, retiredMs: nowMs() }));
  await directory.put([...retired, becomes('key', { id: key.id, publicKey: key.publicKey, createdMs: key.createdMs, retiredMs: null })]);
}

async function dropOld({ store, directory, nowMs }: HubKeysDeps, keys: readonly SigningKeyRow[]): Promise<void> {
  const old: string[] = [];
  for (const { id } of keys) {
    const state = await directory.get('key', id);
    if (state === null || state.retiredMs === null || nowMs() - state.retiredMs < keyRetiredMs) continue;
    await directory.put([goes('key', state)]);
    old.push(id);
  }
  await store.dropSigningKeys(old);
}
