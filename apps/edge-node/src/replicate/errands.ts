import { type Loop, type LoopOptions, startLoop } from './wakeable-loop.ts';

/** Things to do, one after the other, each until it is done: a key that is asked for again meanwhile is done once more. */
export interface Errands<Key, Detail> {
  add(key: Key, detail: Detail): void;
  retryNow(): void;
  stop(): Promise<void>;
}

export interface ErrandsOptions<Key, Detail> extends Pick<LoopOptions, 'onFailure' | 'random' | 'backoff'> {
  /** Rejecting means: again after a back-off, and the others after it. */
  readonly run: (key: Key, detail: Detail, signal: AbortSignal) => Promise<void>;
  /** What two requests for one key come to. */
  readonly merge: (earlier: Detail, later: Detail) => Detail;
}

const pollMs = 60_000;

/** Memory is bounded by the keys there are: spaces. */
export function startErrands<Key, Detail>(options: ErrandsOptions<Key, Detail>): Errands<Key, Detail> {
  const waiting = new Map<Key, Detail>();
  const put = (key: Key, detail: Detail): void => {
    const earlier = waiting.get(key);
    waiting.set(key, earlier === undefined ? detail : options.merge(earlier, detail));
  };
  const loop: Loop = startLoop({
    ...options,
    pollMs,
    step: async (signal) => {
      for (let [next] = waiting; next !== undefined && !signal.aborted; [next] = waiting) {
        const [key, detail] = next;
        waiting.delete(key);
        try {
          await options.run(key, detail, signal);
        } catch (cause) {
          put(key, detail);
          throw cause;
        }
      }
    },
  });
  return {
    add: (key, detail) => {
      put(key, detail);
      loop.wake();
    },
    retryNow: loop.retryNow,
    stop: loop.stop,
  };
}
