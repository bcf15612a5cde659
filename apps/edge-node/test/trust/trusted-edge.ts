import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DirectoryState, Role } from '@jzse/api';
import type { EdgeRouter } from '@jzse/api/edge';
import { formatApiToken, newId, newSecret, secretHash } from '@jzse/identity';
import type { SpaceId } from '@jzse/sync';
import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.ts';
import { startEdge } from '../../src/start-edge.ts';
import { until } from '../replicate/until.ts';
import { startTestHub, type TestHub } from './test-hub.ts';

export const space = 'demo' as SpaceId;
export const secret = 'secret-plans' as SpaceId;

/** The whole edge, as `jzse edge` starts it, beside a hub that is only a directory. */
export interface TrustedEdge {
  readonly url: string;
  readonly hub: TestHub;
  /** The API token of a person, who is made for it. */
  person(user: string, change?: Partial<DirectoryState<'user'>>): string;
  token(user: string, change?: Partial<DirectoryState<'token'>>): string;
  member(user: string, role: Role, of?: SpaceId): void;
  grant(user: string, entryId: string, role: Role): void;
  /** Resolves when what the hub's directory says is known here. */
  settled(): Promise<void>;
  fetch(path: string, token: string | null, init?: RequestInit): Promise<Response>;
  calls(token: string | null): Client;
  stop(): Promise<void>;
}
type Client = ReturnType<typeof createTRPCClient<EdgeRouter>>;

const port = (): number => 20_000 + Math.floor(Math.random() * 20_000);

export async function startTrustedEdge(environment: Record<string, string> = {}): Promise<TrustedEdge> {
  const folder = mkdtempSync(join(tmpdir(), 'jzse-trust-'));
  const hub = await startTestHub([space, secret]);
  const closers: (() => Promise<void>)[] = [];
  const config = loadConfig({
    JZSE_REGION: 'beijing',
    JZSE_TOKEN: 'nobody-has-this-token',
    JZSE_PORT: String(port()),
    JZSE_DATA: folder,
    JZSE_HUB_URL: hub.url,
    ...environment,
  });
  const { url } = await startEdge({
    config,
    version: '0',
    nowMs: Date.now,
    newId: () => crypto.randomUUID(),
    logger: pino({ level: process.env['TEST_LOG'] ?? 'silent' }),
    signal: new AbortController().signal,
    closers,
    die: (error) => {
      throw error;
    },
  });
  const made = people(hub);
  let asked = 0;
  return {
    url,
    hub,
    ...made,
    settled: async () => {
      // A token of nobody else is known as soon as all before it is.
      const probe = made.person(`probe-${++asked}`);
      made.member(`probe-${asked}`, 'reader', space);
      await until(async () => {
        const ready = await fetch(`${url}/readyz`);
        const answer = await fetch(`${url}/trpc/listSpaces`, { headers: { authorization: `Bearer ${probe}` } });
        return ready.ok && (await answer.text()).includes(space);
      });
    },
    fetch: (path, token, init = {}) =>
      fetch(`${url}${path}`, {
        redirect: 'manual',
        ...init,
        headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...init.headers },
      }),
    calls: (token) => callsTo(url, token),
    stop: async () => {
      for (const close of closers.splice(0).reverse()) await close();
      await hub.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function people(hub: TestHub): Pick<TrustedEdge, 'person' | 'token' | 'member' | 'grant'> {
  const token: TrustedEdge['token'] = (user, change = {}) => {
    const id = newId();
    const text = formatApiToken(id, newSecret());
    const rest = { scopes: null, spaces: null, createdMs: Date.now(), expiresMs: null };
    hub.put('token', { id, user, name: 'laptop', secretHash: secretHash(text), ...rest, ...change });
    return text;
  };
  return {
    token,
    person: (user, change = {}) => {
      const state = { user, displayName: user, isAdmin: false, isDisabled: false, isService: false };
      hub.put('user', { ...state, passwordHash: null, totpSecret: null, validFromMs: 0, ...change });
      return token(user);
    },
    member: (user, role, of = space) => hub.put('member', { space: of, subject: { type: 'user', user }, role }),
    grant: (user, entryId, role) =>
      hub.put('grant', {
        id: newId(),
        space,
        entryId: entryId as DirectoryState<'grant'>['entryId'],
        subject: { type: 'user', user },
        role,
      }),
  };
}

function callsTo(url: string, token: string | null): Client {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const eventSourceOptions = {
    fetch: (target: string | URL, init: RequestInit) => fetch(target, { ...init, headers: { ...init.headers, ...headers } }),
  } as ConstructorParameters<typeof EventSource>[1];
  return createTRPCClient<EdgeRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({ url: `${url}/trpc`, EventSource, eventSourceOptions: eventSourceOptions ?? {} }),
        false: httpLink({ url: `${url}/trpc`, headers }),
      }),
    ],
  });
}

/** The code of a call that is refused, `ok` of one that is not. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return (error as { data?: { jzse?: { code: string } } }).data?.jzse?.code ?? String(error);
  }
}
export const problemOf = async (response: Response): Promise<string> =>
  response.ok || response.status === 304 ? 'ok' : ((await response.json()) as { code: string }).code;
