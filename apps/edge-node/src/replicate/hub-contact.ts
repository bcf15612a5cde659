import { JzseError } from '@jzse/api';
import type { HubPort } from './hub-port.ts';

/** Whether the hub answers, as seen by the calls that are made anyway. */
export interface HubContact {
  reachable(): boolean;
  lastContactMs(): number | null;
}
export interface NotedContact extends HubContact {
  succeeded(): void;
  failed(cause: unknown): void;
}

export interface ContactOptions {
  readonly nowMs: () => number;
  /** An answer came after silence: nobody needs to sit out a back-off any more. */
  readonly onRegained: () => void;
  readonly onLost: (cause: unknown) => void;
}

export function createHubContact(options: ContactOptions): NotedContact {
  let reachable = false;
  let lastMs: number | null = null;
  const succeeded = (): void => {
    lastMs = options.nowMs();
    if (reachable) return;
    reachable = true;
    options.onRegained();
  };
  return {
    reachable: () => reachable,
    lastContactMs: () => lastMs,
    succeeded,
    failed: (cause) => {
      // A refusal is an answer too; only silence means that the hub is away.
      if (cause instanceof JzseError && cause.code !== 'hub-unreachable') succeeded();
      else {
        if (reachable) options.onLost(cause);
        reachable = false;
      }
    },
  };
}

/** The same port, with every answer and every silence noted in `contact`. Calls that wait when `signal` aborts reject at once. */
export function withContact(hub: HubPort, contact: NotedContact, signal: AbortSignal): HubPort {
  const noted = async <T>(call: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    try {
      const answer = await unlessAborted(call(), signal);
      contact.succeeded();
      return answer;
    } catch (cause) {
      if (!signal.aborted) contact.failed(cause);
      throw cause;
    }
  };
  return {
    register: (request) => noted(() => hub.register(request)),
    push: (request) => noted(() => hub.push(request)),
    pull: (request) => noted(() => hub.pull(request)),
    snapshotHead: (space) => noted(() => hub.snapshotHead(space)),
    snapshotPage: (space, page) => noted(() => hub.snapshotPage(space, page)),
    transfers: (request) => noted(() => hub.transfers(request)),
    locate: (request) => noted(() => hub.locate(request)),
    holders: (space, hash) => noted(() => hub.holders(space, hash)),
    resolvePath: (space, path) => noted(() => hub.resolvePath(space, path)),
    heartbeat: (region, capacity) => noted(() => hub.heartbeat(region, capacity)),
    regions: () => noted(() => hub.regions()),
    rowDots: (space, sequences) => noted(() => hub.rowDots(space, sequences)),
    operationsUnder: (request) => noted(() => hub.operationsUnder(request)),
    raiseEpoch: (request) => noted(() => hub.raiseEpoch(request)),
    report: (region, reports) => noted(() => hub.report(region, reports)),
    verify: (space, options) => noted(() => hub.verify(space, options)),
    digestNode: (request) => noted(() => hub.digestNode(request)),
    policy: (space) => noted(() => hub.policy(space)),
    setPolicy: (space, policy) => noted(() => hub.setPolicy(space, policy)),
    mergeWork: (request) => noted(() => hub.mergeWork(request)),
    mergeStates: (space, entries) => noted(() => hub.mergeStates(space, entries)),
    raise: (events) => noted(() => hub.raise(events)),
    treeAt: (request) => noted(() => hub.treeAt(request)),
    seed: (request) => noted(() => hub.seed(request)),
    wakeUps: (region, until) => notedStream(hub.wakeUps(region, until), contact, until),
  };
}

async function* notedStream<T>(stream: AsyncIterable<T>, contact: NotedContact, signal: AbortSignal): AsyncGenerator<T> {
  try {
    for await (const item of stream) {
      contact.succeeded();
      yield item;
    }
  } catch (cause) {
    if (!signal.aborted) contact.failed(cause);
    throw cause;
  }
}

/** Rejects with the signal's reason as soon as it aborts; what was waited for goes on alone. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
