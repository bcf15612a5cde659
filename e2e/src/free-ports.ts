import { createServer } from 'node:net';

/** A port of 127.0.0.1 that nobody listens on now. Below the ephemeral range, so no outgoing connection takes it meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomPort();
    if (await isFree(port)) return port;
  }
}

/** A base for `jzse up --port-base`: the hub's port and those of three edges are free. */
export async function freePortBase(): Promise<number> {
  for (;;) {
    const base = randomPort();
    const free = await Promise.all([base, base + 100, base + 101, base + 102].map(isFree));
    if (free.every(Boolean)) return base;
  }
}

const randomPort = (): number => 12_000 + Math.floor(Math.random() * 19_000);

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
