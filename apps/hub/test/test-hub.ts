import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { HubRouter } from '@jzse/api/hub';
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';

export const token = 'a-token-for-hub-tests-only';
/** A hub that does not listen by then never will. */
const startMsMax = 45_000;
const main = join(import.meta.dirname, '../src/main.ts');

/** A hub as a process of its own over a real embedded Postgres. */
export interface TestHub {
  readonly url: string;
  readonly pid: number;
  readonly lines: Record<string, unknown>[];
  /** Resolves when the process is gone; answers its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

/** A folder that is removed afterwards, once what runs in it has ended. */
export function testFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'jzse-hub-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }) };
}

/** `lines`: where its log goes, for who wants to see it before the hub listens. */
export async function startTestHub(
  data: string,
  environment: Record<string, string> = {},
  lines: Record<string, unknown>[] = [],
): Promise<TestHub> {
  const { child, ended } = spawnHub({
    JZSE_TOKEN: token,
    JZSE_PORT: '0',
    JZSE_DATA: data,
    JZSE_SPACES: 'demo',
    JZSE_LOG_LEVEL: 'debug',
    ...environment,
  });
  const late = setTimeout(() => child.kill('SIGKILL'), startMsMax);
  const url = await new Promise<string>((resolve, reject) => {
    if (child.stdout === null) throw new Error('no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const parsed = JSON.parse(line) as Record<string, unknown>;
      lines.push(parsed);
      if (parsed['msg'] === 'listening') resolve(String(parsed['url']));
    });
    void ended.then((code) => reject(new Error(`the hub ended with ${code}: ${JSON.stringify(lines.slice(-5))}`)));
  }).finally(() => clearTimeout(late));
  return {
    url,
    pid: child.pid ?? -1,
    lines,
    ended,
    end: async (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs to its end; for what is said on the way. */
export async function runHub(
  args: readonly string[],
  environment: Record<string, string>,
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env['PATH'] ?? '', ...environment } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

function spawnHub(environment: Record<string, string>): {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
} {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, ended };
}

export function postgresPid(data: string): number {
  return Number.parseInt(readFileSync(join(data, 'postgres/postmaster.pid'), 'utf8'), 10);
}

export type HubClient = ReturnType<typeof hubClient>;
/** `bearer`: asked for each call; null: a stranger. */
export function hubClient(url: string, bearer: () => Promise<string | null> = async () => token) {
  const trpc = `${url}/trpc`;
  const headers = async (): Promise<Record<string, string>> => {
    const credential = await bearer();
    return credential === null ? {} : { authorization: `Bearer ${credential}` };
  };
  class BearerEventSource extends EventSource {
    constructor(of: string | URL) {
      super(of, { fetch: async (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...(await headers()) } }) });
    }
  }
  return createTRPCClient<HubRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({ url: trpc, EventSource: BearerEventSource as never }),
        false: httpBatchLink({ url: trpc, headers }),
      }),
    ],
  });
}
