import { createHash } from 'node:crypto';
import { type SeededRandom, seededRandom } from '../core/seeded-random.ts';
import { createNetwork, type SimNetwork } from './sim-network.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** A rule was broken; ends the run. */
export class Violation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Violation';
  }
}

/** Time, network and chance, which all machines share, and the record of what happened. */
export interface World {
  readonly time: SimulatedTime;
  readonly network: SimNetwork;
  /** A stream of its own for each purpose: what one draws does not change what another gets. */
  random(purpose: string): SeededRandom;
  tell(line: string): void;
  /** Notes that a rule is broken: the first one counts. */
  fail(message: string): void;
  throwIfBroken(): void;
  lines(): readonly string[];
  /** Of everything that was told. */
  hash(): string;
}

export function createWorld(time: SimulatedTime, seed: number): World {
  const lines: string[] = [];
  const hash = createHash('sha256');
  const startMs = time.nowMs();
  let broken: Violation | null = null;
  const random = (purpose: string): SeededRandom => seededRandom(mixed(seed, purpose));
  const tell = (line: string): void => {
    const at = ((time.nowMs() - startMs) / 1000).toFixed(3);
    lines.push(`${at} ${line}`);
    hash.update(`${at} ${line}\n`);
  };
  return {
    time,
    network: createNetwork(time, random('network')),
    random,
    tell,
    fail: (message) => {
      if (broken !== null) return;
      broken = new Violation(message);
      tell(`BROKEN: ${message}`);
    },
    throwIfBroken: () => {
      if (broken !== null) throw broken;
    },
    lines: () => lines,
    hash: () => hash.copy().digest('hex'),
  };
}

function mixed(seed: number, purpose: string): number {
  let state = seed | 0;
  for (let at = 0; at < purpose.length; at++) state = Math.imul(state ^ purpose.charCodeAt(at), 0x9e3779b1) ^ (state >>> 15);
  return state;
}
