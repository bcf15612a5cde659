import type { RegionDatabase } from './open-database.ts';

/** Runs writes; those that arrive together share one transaction and one flush. */
export interface GroupCommit {
  /** Resolves with what `write` returned once it is flushed. A write that throws is rolled back alone and rejects alone. */
  run<T>(write: () => Synchronous<T>): Promise<T>;
  /** Resolves when nothing is waiting. */
  drain(): Promise<void>;
}

/** An async callback would commit before its work is done: the type says so. */
export type Synchronous<T> = T extends PromiseLike<unknown> ? 'a transaction must not be asynchronous' : T;

/** Writes in one transaction; bounds how long a reader of the event loop waits. */
const writesPerGroupMax = 512;

interface Waiting {
  readonly write: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (cause: unknown) => void;
}

/** `afterFlush` is told after every group that was flushed, before its writers are answered. */
export function createGroupCommit(database: RegionDatabase, afterFlush: () => void): GroupCommit {
  const waiting: Waiting[] = [];
  let isScheduled = false;
  let drained: (() => void)[] = [];
  const savepoint = database.transaction((write: () => unknown) => write());

  const runGroup = database.transaction((group: readonly Waiting[]) =>
    group.map((item): (() => void) => {
      try {
        const value = savepoint(item.write);
        return () => item.resolve(value as never);
      } catch (cause) {
        // A full disk or a broken file undoes the whole transaction in SQLite itself: then no write of the group may be acknowledged.
        if (!database.inTransaction) throw cause;
        return () => item.reject(cause);
      }
    }),
  );

  const flush = (): void => {
    isScheduled = false;
    const group = waiting.splice(0, writesPerGroupMax);
    if (waiting.length > 0) schedule();
    try {
      const settled = runGroup.immediate(group);
      afterFlush();
      for (const settle of settled) settle();
    } catch (cause) {
      for (const item of group) item.reject(cause);
    }
    if (waiting.length > 0) return;
    for (const resolve of drained) resolve();
    drained = [];
  };

  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(flush);
  };

  return {
    run: <T>(write: () => Synchronous<T>) =>
      new Promise<T>((resolve, reject) => {
        waiting.push({ write, resolve, reject });
        schedule();
      }),
    drain: () =>
      new Promise((resolve) => {
        if (waiting.length === 0) resolve();
        else drained.push(resolve);
      }),
  };
}
