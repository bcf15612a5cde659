import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { addressKey } from './address-key.ts';

export interface ClientLimits {
  /** In all; further ones are closed as they come. */
  readonly connectionsMax: number;
  /** From one address, of callers who have not shown yet that they are known. */
  readonly strangerConnectionsMax: number;
  /** An upload may be slow, but something of it must come within so long. */
  readonly bodyIdleMs: number;
  /** Whoever takes nothing of its answer for so long is gone. Long: a slow reader empties what the system holds for it first. */
  readonly answerIdleMs: number;
  /** A body that is read whole before anything is done must be there after so long, plus what its bytes take at `parsedBytesPerS`. */
  readonly parsedBodyMs: number;
  readonly parsedBytesPerS: number;
  /** How often clients are looked at. */
  readonly lookEveryMs: number;
}
export const defaultClientLimits: ClientLimits = {
  connectionsMax: 10_000,
  strangerConnectionsMax: 2_048,
  bodyIdleMs: 60_000,
  answerIdleMs: 600_000,
  parsedBodyMs: 20_000,
  parsedBytesPerS: 16 * 1024,
  lookEveryMs: 2_000,
};

interface Client {
  readonly key: string;
  isKnown: boolean;
  request: IncomingMessage | null;
  bytesRead: number;
  readMs: number;
  bytesWritten: number;
  writtenMs: number;
  /** Bytes had been read when the body that is parsed now began to come; null: none is. */
  parsedFrom: { readonly bytes: number; readonly sinceMs: number } | null;
}

export interface ClientWatch {
  /** From now on its connections are bounded, and looked at. */
  watch(server: Server): void;
  /** The hooks that tell which clients are known, and whose bodies are read whole. */
  addHooks(app: FastifyInstance): void;
}

export interface WatchOptions {
  readonly limits: ClientLimits;
  readonly isProxy: (address: string) => boolean;
  readonly nowMs: () => number;
}

/** Bounds how many connections there are, and cuts those whose clients do not move. One look at all of them every few seconds: nothing a request. */
export function createClientWatch({ limits, isProxy, nowMs }: WatchOptions): ClientWatch {
  const clients = new Map<Socket, Client>();
  const strangers = countByKey();
  const connected = (socket: Socket): void => {
    const address = socket.remoteAddress;
    const key = addressKey(address);
    const isKnown = address !== undefined && isProxy(address);
    if (!isKnown && strangers.of(key) >= limits.strangerConnectionsMax) {
      socket.destroy();
      return;
    }
    const client = newClient(key, isKnown, nowMs());
    clients.set(socket, client);
    if (!isKnown) strangers.add(key, 1);
    socket.once('close', () => {
      clients.delete(socket);
      if (!client.isKnown) strangers.add(key, -1);
    });
  };
  const asked = (request: IncomingMessage): void => {
    const client = clients.get(request.socket);
    if (client !== undefined) client.request = request;
  };
  const look = setInterval(() => {
    const now = nowMs();
    for (const [socket, client] of clients) if (isStuck(socket, client, { limits, now })) socket.destroy();
  }, limits.lookEveryMs).unref();
  return {
    watch: (server) => {
      server.maxConnections = limits.connectionsMax;
      // Over TLS this is the inner socket, which is the one that requests know.
      server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', connected);
      server.on('request', asked).on('checkContinue', asked);
    },
    addHooks: (app) => {
      app.addHook('onRequest', ({ principal, raw }, _reply, done) => {
        const client = clients.get(raw.socket);
        if (client === undefined) return done();
        if (!raw.complete) client.parsedFrom = { bytes: raw.socket.bytesRead, sinceMs: nowMs() };
        if (!client.isKnown && principal.type !== 'anonymous') {
          client.isKnown = true;
          strangers.add(client.key, -1);
        }
        done();
      });
      // The body has come, or is left to the handler.
      app.addHook('preValidation', ({ raw }, _reply, done) => {
        const client = clients.get(raw.socket);
        if (client !== undefined) client.parsedFrom = null;
        done();
      });
      app.addHook('onClose', (_app, done) => {
        clearInterval(look);
        done();
      });
    },
  };
}

const newClient = (key: string, isKnown: boolean, now: number): Client => ({
  key,
  isKnown,
  request: null,
  bytesRead: 0,
  readMs: now,
  bytesWritten: 0,
  writtenMs: now,
  parsedFrom: null,
});

function countByKey() {
  const counts = new Map<string, number>();
  return {
    of: (key: string): number => counts.get(key) ?? 0,
    add: (key: string, by: 1 | -1): void => {
      const next = (counts.get(key) ?? 0) + by;
      if (next > 0) counts.set(key, next);
      else counts.delete(key);
    },
  };
}

function isStuck(socket: Socket, client: Client, { limits, now }: { readonly limits: ClientLimits; readonly now: number }): boolean {
  const { bytesRead, bytesWritten } = socket;
  const { request, parsedFrom } = client;
  const isBodyOpen = request !== null && !request.complete && !request.destroyed;
  // Where something waits to be taken by us, it is not the client that is slow.
  if (!isBodyOpen || bytesRead !== client.bytesRead || request.readableLength > 0 || socket.isPaused()) client.readMs = now;
  if (socket.writableLength === 0 || bytesWritten !== client.bytesWritten) client.writtenMs = now;
  client.bytesRead = bytesRead;
  client.bytesWritten = bytesWritten;
  if (now - client.readMs > limits.bodyIdleMs || now - client.writtenMs > limits.answerIdleMs) return true;
  if (parsedFrom === null) return false;
  const dueMs = limits.parsedBodyMs + ((bytesRead - parsedFrom.bytes) / limits.parsedBytesPerS) * 1000;
  return now - parsedFrom.sinceMs > dueMs;
}
