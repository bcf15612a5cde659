import { createServer } from 'node:net';

/** A base whose four ports of `jzse up` are free just now. */
export async function freePortBase(): Promise<number> {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all([base, base + 100, base + 101, base + 102].map(isFree));
    if (free.every(Boolean)) return base;
  }
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
