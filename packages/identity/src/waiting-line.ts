import { JzseError } from '@jzse/api';

export interface LineLimits {
  readonly atOnceMax: number;
  readonly waitingMax: number;
  readonly waitingPerKeyMax: number;
}

/** Runs work of which little may go on at once. Keys take turns; throws `overloaded` when too many wait, of one key or of all. */
export function createLine(limits: LineLimits): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const { atOnceMax, waitingMax, waitingPerKeyMax } = limits;
  let running = 0;
  let waitingCount = 0;
  /** In the order of their turns. */
  const waiting = new Map<string, (() => void)[]>();

  const wait = (key: string): Promise<void> => {
    const sameKey = waiting.get(key) ?? [];
    if (waitingCount >= waitingMax || sameKey.length >= waitingPerKeyMax) {
      throw new JzseError('overloaded', 'too many people sign in just now: try again in a few seconds');
    }
    waitingCount += 1;
    return new Promise((resolve) => {
      sameKey.push(resolve);
      waiting.set(key, sameKey);
    });
  };
  /** The place is handed on, so that nobody overtakes those who wait. */
  const handOn = (): void => {
    const [turn] = waiting;
    if (turn === undefined) {
      running -= 1;
      return;
    }
    const [key, [next, ...rest]] = turn;
    waiting.delete(key);
    if (rest.length > 0) waiting.set(key, rest);
    waitingCount -= 1;
    next?.();
  };

  return async (key, work) => {
    if (running >= atOnceMax) await wait(key);
    else running += 1;
    try {
      return await work();
    } finally {
      handOn();
    }
  };
}
