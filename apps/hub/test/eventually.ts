import { expect } from 'vitest';

/** Waits for what must come; long, for the machine may be busy with other tests. */
export const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 30_000 });
