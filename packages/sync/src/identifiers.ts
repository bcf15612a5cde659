/** Opaque ids. Each is built by exactly one constructor, so a chunk hash is never taken for an entry id. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name };

/** Short slug, `beijing`. */
export type RegionId = Brand<string, 'RegionId'>;
/** One life of a region's metadata store, `beijing:1`. */
export type ReplicaId = Brand<string, 'ReplicaId'>;
/** Short slug, `demo`. */
export type SpaceId = Brand<string, 'SpaceId'>;
/** Stable id of a file or folder, whatever it is called; `root` is the top of every space. */
export type EntryId = Brand<string, 'EntryId'>;
/** SHA-256 in lower-case hex of a chunk, a manifest, or a whole content. */
export type Hash = Brand<string, 'Hash'>;

const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const hashPattern = /^[0-9a-f]{64}$/;

export const isSlug = (text: string): boolean => slugPattern.test(text);
export const isHash = (text: string): text is Hash => hashPattern.test(text);

export const rootId = 'root' as EntryId;
export const regionId = (text: string): RegionId => checked(text, isSlug(text), 'region id') as RegionId;
export const spaceId = (text: string): SpaceId => checked(text, isSlug(text), 'space id') as SpaceId;
export const hash = (text: string): Hash => checked(text, isHash(text), 'SHA-256 hash') as Hash;
export const entryId = (text: string): EntryId => checked(text, text.length > 0 && text.length <= 64, 'entry id') as EntryId;
/** Never the id of a region: the hub itself authors operations under it (SY11). */
export const hubRegion = 'hub' as RegionId;
/**
 * The replica of one process of the hub, `hub:29145600`: seconds since 2026 when it started. Not of an epoch: a hub that was restored
 * without knowing it would use counters again, and two logs would have the same dot at the same place (found by simulation).
 */
export const hubReplica = (startedMs: number): ReplicaId => replicaId(hubRegion, Math.max(1, Math.floor((startedMs - year2026Ms) / 1000)));
const year2026Ms = 1_767_225_600_000;
/** No hub issues a later life: seconds since 2026, until July 2054. What a region says beyond is none, or the ones after it could not be written. */
export const replicaLifeMax = 900_000_000;
/** `replicaId('beijing', 1)` is `beijing:1`. */
export const replicaId = (region: RegionId, life: number): ReplicaId => `${region}:${life}` as ReplicaId;

function checked(text: string, valid: boolean, what: string): string {
  if (!valid) throw new TypeError(`not a ${what}: ${JSON.stringify(text.slice(0, 80))}`);
  return text;
}
