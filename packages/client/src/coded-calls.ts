import { toJzseError } from './errors.ts';

/** The same client, whose promises reject with `JzseError` (or what the caller aborted with). */
export function withCodedErrors<T extends object>(client: T): T {
  return new Proxy(client, {
    get: (target, key, receiver) => {
      const value: unknown = Reflect.get(target, key, receiver);
      return typeof value === 'function' ? withCodedErrors(value) : value;
    },
    apply: (target, self, args) => {
      const result: unknown = Reflect.apply(target as (...args: unknown[]) => unknown, self, args);
      if (!(result instanceof Promise)) return result;
      return result.catch((error: unknown) => {
        throw toJzseError(error);
      });
    },
  });
}
