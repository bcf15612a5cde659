/** Runs work of one key in the order of the calls, one at a time. */
export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export interface Turn<H> {
  /** What the one before handed on while it goes on; null: it has ended. */
  readonly before: H | null;
  /** When all before have ended. */
  readonly alone: Promise<void>;
  /** The next one may begin. Only the first call counts; an end counts as one. */
  handOn(state: H): void;
}
/** Like `InTurn`, but the next one begins when this one hands on to it, and they end in order only if they see to it. */
export type Overlapping<H> = <T>(key: string, work: (turn: Turn<H>) => Promise<T>) => Promise<T>;

interface Tail<H> {
  readonly handedOn: Promise<H | null>;
  readonly ended: Promise<void>;
}

/**
 * Pushes to one space wait for each other here and not on the row's lock: there each would sit on a
 * connection of the pool, and reads would find none.
 */
export function createTurns<H>(): { readonly inTurn: InTurn; readonly overlapping: Overlapping<H> } {
  const tails = new Map<string, Tail<H>>();
  const none: Tail<H> = { handedOn: Promise.resolve(null), ended: Promise.resolve() };

  const overlapping: Overlapping<H> = async (key, work) => {
    const before = tails.get(key) ?? none;
    const handedOn = Promise.withResolvers<H | null>();
    const mine = before.handedOn.then((state) => work({ before: state, alone: before.ended, handOn: handedOn.resolve }));
    const ended = mine.then(nothing, nothing).then(() => before.ended);
    void ended.then(() => handedOn.resolve(null));
    const tail = { handedOn: handedOn.promise, ended };
    tails.set(key, tail);
    try {
      return await mine;
    } finally {
      void ended.then(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
    }
  };
  return {
    overlapping,
    inTurn: (key, work) =>
      overlapping(key, async ({ alone }) => {
        await alone;
        return work();
      }),
  };
}

const nothing = (): void => undefined;
