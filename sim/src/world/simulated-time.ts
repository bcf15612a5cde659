import { AsyncLocalStorage } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import FakeTimers from '@sinonjs/fake-timers';

/** Whose code runs: a timer that it sets fires through it, so it can be held up or dropped. */
export interface Runner {
  /** Calls `work` now, later, or never. */
  run(work: () => void): void;
}

/** Time of the whole world. Everything that waits, waits on it. */
export interface SimulatedTime {
  nowMs(): number;
  /** All clocks go on by so much without a timer firing: everybody slept. */
  skip(ms: number): void;
  /** Runs `work` as code of `runner`, and all that follows from it. */
  as<T>(runner: Runner, work: () => T): T;
  /** Resolves after so long; for the world itself. */
  sleep(ms: number): Promise<void>;
  /** Fires timers in order, one after another, each followed by all promises that it settles. Throws if `main` is not done when nothing is left to fire. */
  drive<T>(main: Promise<T>): Promise<T>;
  uninstall(): void;
}

const real = { setImmediate: globalThis.setImmediate, sleep: timersPromises.setTimeout, turn: timersPromises.setImmediate };
const current = new AsyncLocalStorage<Runner>();
const startMs = Date.UTC(2026, 10, 25);
/** A world that fires more timers than this turns in a circle. */
const timersMax = 400_000;

/**
 * Takes the place of the machine's timers until it is uninstalled. There is no real I/O in a world: so when the promises of one timer
 * are settled, which takes one turn of the real event loop, nothing is left but other timers, and a run is a function of its seed.
 */
export function installSimulatedTime(): SimulatedTime {
  const clock = FakeTimers.install({
    now: startMs,
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'Date'],
  });
  let skippedMs = 0;
  bindToRunners();
  return {
    nowMs: () => Date.now() + skippedMs,
    skip: (ms) => {
      skippedMs += ms;
    },
    as: (runner, work) => current.run(runner, work),
    sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
    drive: async (main) => {
      let isDone = false;
      const end = (): void => {
        isDone = true;
      };
      main.then(end, end);
      for (let fired = 0; ; fired++) {
        await new Promise<void>((resolve) => void real.setImmediate(resolve));
        if (isDone) return main;
        if (clock.countTimers() === 0) throw new Error('nothing is left that could happen, and the run is not over');
        if (fired > timersMax) throw new Error(`more than ${timersMax} timers fired: something turns in a circle`);
        clock.next();
      }
    },
    uninstall: () => {
      clock.uninstall();
      timersPromises.setTimeout = real.sleep;
      timersPromises.setImmediate = real.turn;
      syncBuiltinESMExports();
    },
  };
}

/** What sets a timer is also what runs when it fires. */
function bindToRunners(): void {
  const { setTimeout: later, setImmediate: soon, setInterval: often } = globalThis;
  const bound = (work: (...args: unknown[]) => void, args: unknown[]): (() => void) => {
    const runner = current.getStore();
    return runner === undefined ? () => work(...args) : () => runner.run(() => current.run(runner, () => work(...args)));
  };
  const replace = { setTimeout, setImmediate, setInterval } as unknown as Record<string, unknown>;
  replace['setTimeout'] = (work: () => void, ms?: number, ...args: unknown[]) => later(bound(work, args), ms);
  replace['setImmediate'] = (work: () => void, ...args: unknown[]) => soon(bound(work, args));
  replace['setInterval'] = (work: () => void, ms?: number, ...args: unknown[]) => often(bound(work, args), ms);
  Object.assign(globalThis, replace);
  const sleep = (ms: number, value: unknown, options?: { readonly signal?: AbortSignal }): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        clearTimeout(timer);
        reject(options?.signal?.reason);
      };
      const timer = setTimeout(() => {
        options?.signal?.removeEventListener('abort', abort);
        resolve(value);
      }, ms);
      if (options?.signal?.aborted === true) abort();
      options?.signal?.addEventListener('abort', abort, { once: true });
    });
  timersPromises.setTimeout = sleep as typeof timersPromises.setTimeout;
  const turn = (value: unknown): Promise<unknown> => new Promise((resolve) => void setImmediate(() => resolve(value)));
  timersPromises.setImmediate = turn as typeof timersPromises.setImmediate;
  syncBuiltinESMExports();
}
