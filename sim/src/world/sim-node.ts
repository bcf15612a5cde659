import type { SeededRandom } from '../core/seeded-random.ts';
import type { Runner, SimulatedTime } from './simulated-time.ts';

/** A machine: a process that can be killed or stopped, and a clock that can be wrong. What is on its disk outlives the process. */
export interface SimNode {
  readonly name: string;
  /** The running process; null while there is none. */
  life: Life | null;
  /** How far its clock is ahead. */
  skewMs: number;
  isDiskFull: boolean;
  nowMs(): number;
}

/** One process. Its code runs only through it: once it is dead, nothing of it ever goes on. */
export interface Life extends Runner {
  readonly node: SimNode;
  isAlive: boolean;
  /** Stopped by a signal: what happens meanwhile happens when it goes on. */
  stop(): void;
  goOn(): void;
  /** The process is killed at the n-th I/O point from now. */
  killAfter(points: number, kill: () => void): void;
  /** Nobody kills it any more. */
  spare(): void;
  /** A place where a process may die, or wait for a slow disk or database: resolves after a moment, or never. */
  point(slowMsMax: number): Promise<void>;
}

export function createNode(name: string, time: SimulatedTime): SimNode {
  const node: SimNode = { name, life: null, skewMs: 0, isDiskFull: false, nowMs: () => time.nowMs() + node.skewMs };
  return node;
}

/** Most I/O is quick; some is not. */
const slowChance = 0.15;

export function createLife(node: SimNode, random: SeededRandom): Life {
  let held: (() => void)[] | null = null;
  let doomed: { points: number; readonly kill: () => void } | null = null;
  const passes = (): boolean => {
    if (doomed !== null && --doomed.points <= 0) {
      const { kill } = doomed;
      doomed = null;
      kill();
    }
    return life.isAlive;
  };
  const life: Life = {
    node,
    isAlive: true,
    run: (work) => {
      if (!life.isAlive) return;
      if (held === null) work();
      else held.push(work);
    },
    stop: () => {
      held ??= [];
    },
    goOn: () => {
      const waiting = held ?? [];
      held = null;
      for (const work of waiting) life.run(work);
    },
    killAfter: (points, kill) => {
      doomed = { points, kill };
    },
    spare: () => {
      doomed = null;
    },
    point: (slowMsMax) => {
      if (!passes()) return new Promise(() => undefined);
      if (!random.chance(slowChance)) return Promise.resolve();
      return new Promise((resolve) => void setTimeout(() => passes() && resolve(), random.below(slowMsMax)));
    },
  };
  return life;
}
