import type { Life } from '../world/sim-node.ts';

type Methods = Readonly<Record<string, unknown>>;
type Method = (...args: unknown[]) => Promise<unknown>;

/** Longest that one write, or one question to a database, takes. */
const slowMsMax = 20;

/** Writes of SQLite: at once or not at all, told of in the order in which they were asked for, refused by a full disk. The process may die before or after. */
export function withWritePoints<T extends object>(store: T, life: Life, methods: readonly (keyof T & string)[]): T {
  let last: Promise<void> = Promise.resolve();
  const wrapped = methods.map((name) => {
    const method = (store as Methods)[name] as Method;
    return [
      name,
      async (...args: unknown[]): Promise<unknown> => {
        if (!life.isAlive) return new Promise(() => undefined);
        if (life.node.isDiskFull) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
        const written = await method(...args);
        last = last.then(() => life.point(slowMsMax));
        await last;
        return written;
      },
    ];
  });
  return { ...store, ...Object.fromEntries(wrapped) };
}

/** Questions to a database on another machine: each takes its time, and none waits for another. */
export function withPoints<T extends object>(store: T, life: Life): T {
  const wrapped = Object.entries(store as Methods).map(([name, method]) => [
    name,
    async (...args: unknown[]): Promise<unknown> => {
      await life.point(slowMsMax);
      const answer = await (method as Method)(...args);
      await life.point(slowMsMax);
      return answer;
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
