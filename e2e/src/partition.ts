import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A stretch of network before one server. Connections go through it until it is cut. */
export interface Link {
  readonly url: string;
  /** Bytes sent to the server, and by it, since the link was opened. */
  readonly bytes: { readonly toServer: number; readonly fromServer: number };
  /** Breaks every connection and refuses new ones. `silent`: new ones are taken and never answered, as when packets are lost. */
  cut(options?: { readonly silent: boolean }): void;
  restore(): void;
  /** Bytes a second from the server, all connections together; null: as fast as it goes. */
  slowTo(bytesPerSecond: number | null): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openLink(targetPort: number): Promise<Link> {
  const state: LinkState = { mode: 'open', bytesPerSecond: null, dueMs: 0, toServer: 0, fromServer: 0, sockets: new Set() };
  const server = createServer({ allowHalfOpen: true }, (client) => accept(client, targetPort, state));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const close = () => closeLink(server, state);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: state,
    cut: (options) => {
      state.mode = options?.silent ? 'silent' : 'cut';
      breakAll(state);
    },
    restore: () => {
      state.mode = 'open';
      breakAll(state);
    },
    slowTo: (bytesPerSecond) => {
      state.bytesPerSecond = bytesPerSecond;
      state.dueMs = 0;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface LinkState {
  mode: 'open' | 'cut' | 'silent';
  bytesPerSecond: number | null;
  /** When the bytes that have passed are paid for at the rate in force. */
  dueMs: number;
  toServer: number;
  fromServer: number;
  readonly sockets: Set<Socket>;
}

function accept(client: Socket, targetPort: number, state: LinkState): void {
  keep(client, state);
  if (state.mode === 'cut') return void client.destroy();
  if (state.mode === 'silent') return;
  const upstream = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
  keep(upstream, state);
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => client.destroy());
  const count = (bytes: number) => {
    state.toServer += bytes;
  };
  client.pipe(passing(async (bytes) => count(bytes))).pipe(upstream);
  upstream.pipe(passing((bytes) => throttle(bytes, state))).pipe(client);
}

function keep(socket: Socket, state: LinkState): void {
  state.sockets.add(socket);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => state.sockets.delete(socket));
}

async function throttle(bytes: number, state: LinkState): Promise<void> {
  state.fromServer += bytes;
  if (state.bytesPerSecond === null) return;
  const nowMs = performance.now();
  state.dueMs = Math.max(state.dueMs, nowMs) + (bytes / state.bytesPerSecond) * 1000;
  await sleep(state.dueMs - nowMs);
}

function passing(before: (bytes: number) => Promise<void>): Transform {
  return new Transform({
    transform(data: Buffer, _encoding, done: TransformCallback) {
      before(data.length).then(() => done(null, data), done);
    },
  });
}

function breakAll(state: LinkState): void {
  for (const socket of state.sockets) socket.destroy();
}

async function closeLink(server: Server, state: LinkState): Promise<void> {
  breakAll(state);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
