import { JzseError } from '@jzse/api';

/** A region that a client may go to. */
export interface RegionAddress {
  readonly region: string;
  readonly url: string;
  /** By the hub, when it was asked last. */
  readonly healthy: boolean;
  readonly load: number;
}
/** What is kept for the next start, as JSON. */
export interface RememberedRegions {
  readonly regions: readonly RegionAddress[];
  /** URL of the edge that was used last, and when it was last compared with the others. */
  readonly present: string | null;
  readonly comparedMs: number;
  /** When the hub was asked last. */
  readonly askedMs: number;
}
/** Where that is kept; what fails there is nobody's failure. */
export interface RegionMemory {
  read(): Promise<RememberedRegions | null>;
  write(remembered: RememberedRegions): Promise<void>;
}

export interface RegionListDeps {
  readonly given: readonly RegionAddress[];
  /** Asks the hub; null: there is none to ask. */
  readonly ask: (() => Promise<readonly RegionAddress[]>) | null;
  readonly remembered: RememberedRegions | null;
  readonly askEveryMs: number;
  readonly nowMs: () => number;
}
export interface RegionList {
  /** Known without asking; empty: nothing yet. */
  known(): readonly RegionAddress[];
  askedMs(): number;
  /** Waits for the hub only while nothing is known. Throws what the hub did then, or `unknown-space`. */
  current(): Promise<readonly RegionAddress[]>;
}

/** Which regions there are: as the hub says, and what it said last while it is away. */
export function createRegionList({ given, ask, remembered, askEveryMs, nowMs }: RegionListDeps): RegionList {
  let known = remembered !== null && remembered.regions.length > 0 ? remembered.regions : given;
  let askedMs = remembered?.askedMs ?? 0;
  let asking: Promise<void> | null = null;
  const askOnce = (): Promise<void> => {
    asking ??= (async () => {
      const told = (await ask?.()) ?? [];
      // Nothing is served to somebody who lost the last space: calls say so themselves.
      if (told.length > 0) known = told;
    })().finally(() => {
      asking = null;
      askedMs = nowMs();
    });
    return asking;
  };
  return {
    known: () => known,
    askedMs: () => askedMs,
    current: async () => {
      if (known.length === 0) await askOnce();
      else if (ask !== null && nowMs() - askedMs >= askEveryMs) askOnce().catch(() => undefined);
      if (known.length > 0) return known;
      throw new JzseError('unknown-space', 'no region serves a space that you may see: ask who manages it, or an admin');
    },
  };
}
