import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DirectoryKind, DirectoryRecord, DirectoryState } from '@jzse/api';
import { JzseError, memberKey, placementKey, subjectKey } from '@jzse/api';
import type { AccountServices, AuditServices, FleetServices, HubContext, HubServices, SharingServices, WakeUp } from '@jzse/api/hub';
import { hubRouter } from '@jzse/api/hub';
import type { SpaceId } from '@jzse/sync';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';

const notHere = async (): Promise<never> => {
  throw new JzseError('internal', 'this hub is a stand-in that cannot do that');
};

/** A hub that is nothing but a directory, a list of spaces, and what a test gives it; over real HTTP, and it can go away and come back. */
export interface TestHub {
  readonly url: string;
  accounts: Partial<AccountServices>;
  sharing: Partial<SharingServices>;
  audit: Partial<AuditServices>;
  put<Kind extends DirectoryKind>(kind: Kind, state: DirectoryState<Kind>): void;
  drop(kind: DirectoryKind, key: string): void;
  revision(): number;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startTestHub(spaces: readonly SpaceId[]): Promise<TestHub> {
  const records = new Map<string, DirectoryRecord>();
  const woken = new Set<() => void>();
  let revision = 0;
  const write = (record: Omit<DirectoryRecord, 'revision'>): void => {
    revision += 1;
    records.set(`${record.kind} ${record.key}`, { ...record, revision });
    for (const wake of woken) wake();
  };
  const directory: FleetServices['directory'] = async ({ after, limit }) => {
    const found = [...records.values()].filter((record) => record.revision > after).toSorted((a, b) => a.revision - b.revision);
    const page = found.slice(0, limit);
    return { records: page, revision: page.at(-1)?.revision ?? revision, isLast: page.length === found.length, life: 'test' };
  };
  async function* wakeUps(_region: unknown, signal: AbortSignal): AsyncGenerator<WakeUp> {
    while (!signal.aborted) {
      yield { heads: spaces.map((space) => ({ space, head: { epoch: 1, sequence: 0 } })), transfers: false, directory: revision };
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          woken.delete(wake);
          resolve();
        };
        woken.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }
  const services = new Proxy({ register: async () => ({ replica: 'beijing:1' }), wakeUps, heartbeat: async () => undefined } as object, {
    get: (given, name) => Reflect.get(given, name) ?? notHere,
  }) as HubServices;
  const hub = { accounts: {}, sharing: {}, audit: {} } as Pick<TestHub, 'accounts' | 'sharing' | 'audit'>;
  const handler = createHTTPHandler({
    router: hubRouter,
    basePath: '/trpc/',
    createContext: () =>
      ({
        services,
        fleet: { directory },
        accounts: hub.accounts,
        sharing: hub.sharing,
        audit: hub.audit,
        principal: { type: 'region', region: 'beijing', space: null },
        address: '127.0.0.1',
        allow: async () => undefined,
      }) as unknown as HubContext,
  });
  let server = await listen(createServer(handler), 0);
  const { port } = server.address() as AddressInfo;
  return Object.assign(hub, {
    url: `http://127.0.0.1:${port}`,
    put: <Kind extends DirectoryKind>(kind: Kind, state: DirectoryState<Kind>) => write({ kind, key: keyOf(kind, state), state }),
    drop: (kind: DirectoryKind, key: string) => write({ kind, key, state: null }),
    revision: () => revision,
    stop: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
    start: async () => {
      server = await listen(createServer(handler), port);
    },
  });
}

function listen(server: Server, port: number): Promise<Server> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

function keyOf(kind: DirectoryKind, state: DirectoryState<DirectoryKind>): string {
  if (kind === 'member' && 'subject' in state && 'space' in state) return memberKey(state.space, state.subject);
  if (kind === 'placement' && 'placement' in state) return placementKey(state.space, state.region);
  if (kind === 'quota' && 'of' in state) return state.of.type === 'space' ? `space/${state.of.space}` : `user/${state.of.user}`;
  if (kind === 'grant' && 'entryId' in state && 'subject' in state) return `${state.space}/${state.entryId}/${subjectKey(state.subject)}`;
  if ('id' in state) return state.id;
  return String((state as Readonly<Record<string, unknown>>)[kind]);
}
