/** Runs work of one key in the order of the calls, one at a time. */
export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/**
 * Pushes to one space wait for each other here and not on the row's lock: there each would sit on a
 * connection of the pool, and reads would find none.
 */
export function createInTurn(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
