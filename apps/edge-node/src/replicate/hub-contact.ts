import { JzseError } from '@jzse/api';
import type { HubPort } from './hub-port.ts';

/** Whether the hub answers, as seen by the calls that are made anyway. */
export interface HubContact {
  reachable(): boolean;
  lastContactMs(): number | null;
  succeeded(): void;
  failed(cause: unknown): void;
}

/** `onRegained` is told when an answer comes after silence, so that nobody sits out a back-off for nothing. */
export function createHubContact(options: { readonly nowMs: () => number; readonly onRegained: () => void }): HubContact {
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
      else reachable = false;
    },
  };
}

/** The same port, with every answer and every silence noted in `contact`. */
export function withContact(hub: HubPort, contact: HubContact): HubPort {
  const noted = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      const answer = await call();
      contact.succeeded();
      return answer;
    } catch (cause) {
      contact.failed(cause);
      throw cause;
    }
  };
  return {
    push: (request) => noted(() => hub.push(request)),
    pull: (request) => noted(() => hub.pull(request)),
    snapshotHead: (space) => noted(() => hub.snapshotHead(space)),
    snapshotPage: (space, page) => noted(() => hub.snapshotPage(space, page)),
    transfers: (request) => noted(() => hub.transfers(request)),
    locate: (request) => noted(() => hub.locate(request)),
    resolvePath: (space, path) => noted(() => hub.resolvePath(space, path)),
    heartbeat: (region, capacity) => noted(() => hub.heartbeat(region, capacity)),
    regions: () => noted(() => hub.regions()),
    wakeUps: (region, signal) => notedStream(hub.wakeUps(region, signal), contact),
  };
}

async function* notedStream<T>(stream: AsyncIterable<T>, contact: HubContact): AsyncGenerator<T> {
  for await (const item of stream) {
    contact.succeeded();
    yield item;
  }
}
