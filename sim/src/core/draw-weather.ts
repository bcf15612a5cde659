import type { Habits } from './draw-operation.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What goes wrong in a history, and how often at each step. */
export interface Weather {
  readonly regions: number;
  readonly steps: number;
  readonly work: number;
  readonly habits: Habits;
  readonly skewMsMax: number;
  readonly withDigests: boolean;
  readonly drop: number;
  readonly repeat: number;
  readonly offline: number;
  /** Regions that stay away for longer than this no longer hold up what the hub drops. */
  readonly awaySteps: number;
  readonly crash: number;
  readonly restore: number;
  readonly wipe: number;
  readonly checkpoint: number;
  readonly failOver: number;
  /** The hub goes back to its copy and does not know it. */
  readonly silent: number;
  readonly rebuild: number;
  readonly prune: number;
  readonly forget: number;
}

const manyNames = ['a', 'b', 'c', 'A', 'dd', 'Ee', 'é', 'e\u0301'];

export const calm = {
  drop: 0,
  repeat: 0,
  offline: 0,
  crash: 0,
  restore: 0,
  wipe: 0,
  failOver: 0,
  silent: 0,
  rebuild: 0,
  prune: 0,
  forget: 0,
};

/** Each history has its own mixture: what is rare in all of them together is frequent in some. */
export function drawWeather(random: SeededRandom): Weather {
  const sometimes = (share: number, often: number): number => (random.chance(share) ? random.next() * often : 0);
  return {
    regions: 2 + random.below(3),
    steps: 150 + random.below(350),
    work: 0.15 + random.next() * 0.3,
    habits: drawHabits(random),
    skewMsMax: random.chance(0.5) ? 1_000_000 : 10,
    withDigests: random.chance(0.15),
    drop: random.next() * 0.4,
    repeat: random.next() * 0.4,
    offline: random.next() * 0.05,
    awaySteps: random.chance(0.3) ? 100 : Number.POSITIVE_INFINITY,
    crash: random.next() * 0.01,
    restore: random.chance(0.2) ? 0.004 : 0,
    wipe: random.chance(0.2) ? 0.01 : 0,
    checkpoint: random.next() * 0.04,
    failOver: sometimes(0.35, 0.02),
    silent: random.chance(0.1) ? 0.05 + random.next() * 0.1 : sometimes(0.25, 0.03),
    rebuild: sometimes(0.1, 0.01),
    prune: sometimes(0.5, 0.05),
    forget: sometimes(0.5, 0.12),
  };
}

function drawHabits(random: SeededRandom): Habits {
  return {
    names: manyNames.slice(0, random.chance(0.4) ? 2 : manyNames.length),
    folders: random.next() * 0.6,
    creates: 0.2 + random.next() * 0.3,
    writes: random.next() * 0.4,
    moves: random.next() * 0.4,
    deletes: random.next() * 0.3,
    staleBase: random.next() * 0.5,
    sameBytes: random.chance(0.3) ? 0.3 : 0,
  };
}
