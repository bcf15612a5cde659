import { type KeyPair, type ProofAudience, regionProofLifetimeMs, signRegionProof } from '@jzse/identity';
import type { RegionId, SpaceId } from '@jzse/sync';

export interface RegionProofs {
  forHub(): Promise<string>;
  /** Good in every region where the space is, for nothing but that space. */
  forRegions(space: SpaceId): Promise<string>;
  /** Those that were made may not count any more. */
  forget(): void;
  /** What the hub says the time is: proofs are dated by it, so that a wrong clock here does not shut this region out (SY9). NaN: it did not say. */
  noteHubTime(hubMs: number): void;
}

export interface RegionProofDeps {
  readonly region: RegionId;
  readonly key: KeyPair;
  readonly nowMs: () => number;
}

/** A proof is renewed while it is good for this long still: requests may be on their way for a while. */
const renewBeforeMs = 60_000;
/** Smaller differences are the time that the answer took. */
const skewMinMs = 10_000;
const cachedMax = 10_000;

/** Proofs by this region's key, signed once in some minutes and not for each request. */
export function createRegionProofs({ region, key, nowMs }: RegionProofDeps): RegionProofs {
  const cached = new Map<string, { readonly token: Promise<string>; readonly renewAtMs: number }>();
  let aheadMs = 0;
  const sign = async (audience: ProofAudience, space: SpaceId | null): Promise<string> =>
    (await signRegionProof(key, { region, space, audience, nowMs: nowMs() - aheadMs })).token;
  const proof = (audience: ProofAudience, space: SpaceId | null): Promise<string> => {
    const name = `${audience}/${space ?? ''}`;
    const known = cached.get(name);
    if (known !== undefined && nowMs() < known.renewAtMs) return known.token;
    if (cached.size >= cachedMax) cached.clear();
    const token = sign(audience, space);
    cached.set(name, { token, renewAtMs: nowMs() + regionProofLifetimeMs - renewBeforeMs });
    token.catch(() => cached.delete(name));
    return token;
  };
  return {
    forHub: () => proof('jzse-hub', null),
    forRegions: (space) => proof('jzse-region', space),
    forget: () => cached.clear(),
    noteHubTime: (hubMs) => {
      if (!Number.isFinite(hubMs)) return;
      const measuredMs = nowMs() - hubMs;
      const offMs = Math.abs(measuredMs) < skewMinMs ? 0 : measuredMs;
      if (Math.abs(offMs - aheadMs) < skewMinMs) return;
      aheadMs = offMs;
      cached.clear();
    },
  };
}
