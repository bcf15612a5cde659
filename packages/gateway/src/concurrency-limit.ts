/** How many requests may be worked on at once, as found out from how long they take. */
export interface ConcurrencyLimit {
  readonly now: number;
  /** A request took so long; `isAlone`: hardly anything else was under way. `kind`: requests of one kind cost about the same. */
  note(sample: { readonly kind: string; readonly ms: number; readonly isAlone: boolean; readonly isFull: boolean }): void;
}
export interface ConcurrencyBounds {
  readonly min: number;
  readonly max: number;
  readonly start: number;
}

/** A window ends after so many requests: the limit changes once a window. */
const samplesPerWindow = 32;
/** Requests may take so many times as long as when they are alone; what is gained by more at once is lost to those who wait. */
const slowdownMax = 4;
const slowdownGood = 2.5;
/** What is faster than this does not have to be faster. */
const aloneMsMin = 2;
/** In one window. */
const shrinkMin = 0.5;
const shrinkMax = 0.95;
/** Weight of a new sample in the time that a request takes alone: what is quicker shows it better than what is slower. */
const quickerWeight = 0.3;
const slowerWeight = 0.02;
const kindsMax = 500;

/** Additive increase, multiplicative decrease, by the slowdown against the same kind of request alone. Changes only while the limit is felt. */
export function createConcurrencyLimit({ min, max, start }: ConcurrencyBounds): ConcurrencyLimit {
  const aloneMs = new Map<string, number>();
  let limit = start;
  let count = 0;
  let slowdowns = 0;
  let fullCount = 0;
  const learn = (kind: string, ms: number): void => {
    const known = aloneMs.get(kind);
    if (known !== undefined) aloneMs.set(kind, known + (ms - known) * (ms < known ? quickerWeight : slowerWeight));
    else if (aloneMs.size < kindsMax) aloneMs.set(kind, ms);
  };
  const endWindow = (): void => {
    const slowdown = slowdowns / count;
    if (slowdown > slowdownMax) limit = Math.max(min, limit * Math.min(shrinkMax, Math.max(shrinkMin, slowdownMax / slowdown)));
    else if (slowdown < slowdownGood && fullCount > 0) limit = Math.min(max, limit + Math.max(1, Math.sqrt(limit) / 2));
    count = 0;
    slowdowns = 0;
    fullCount = 0;
  };
  return {
    get now() {
      return Math.floor(limit);
    },
    note: ({ kind, ms, isAlone, isFull }) => {
      if (isAlone) learn(kind, ms);
      const alone = aloneMs.get(kind);
      if (alone === undefined) return;
      count++;
      slowdowns += ms / Math.max(aloneMsMin, alone);
      if (isFull) fullCount++;
      if (count >= samplesPerWindow) endWindow();
    },
  };
}
