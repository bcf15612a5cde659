import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePort } from './free-ports.ts';
import { noteSecret, refuseLeaks } from './leaks.ts';
import { waitFor } from './wait-for.ts';

export const repository = join(import.meta.dirname, '../..');
export const node = join(repository, 'node_modules/.bin/node');

/** One server as a process of its own, at a fixed port over a fixed folder: it can be killed and started again. */
export interface Server {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly pid: number;
  /** What it has printed in all its lives. */
  log(): string;
  /** Resolves when the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  /** SIGTERM, and SIGKILL to all that is left of it. Answers the exit code of the SIGTERM. */
  stop(): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface ServerOptions {
  readonly dataDir: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Before each of its lives. */
  readonly beforeStart?: () => Promise<void>;
  /** In each of its lives, once it is ready. */
  readonly whenReady?: () => Promise<void>;
}

/** Resolves when it is ready. The space `demo` is made. */
export async function startHub({ token, ...options }: ServerOptions & { readonly token: string }): Promise<Server> {
  const env = { JZSE_TOKEN: token, JZSE_SPACES: 'demo', ...options.env };
  return startServer({ ...options, name: 'hub', main: 'apps/hub/src/main.ts', env });
}

/** `announcedUrl`: how the others reach it, when not straight. `awaitReady` false: returns as soon as it is spawned. */
export async function startEdge(
  options: ServerOptions & {
    readonly region: string;
    readonly hubUrl: string;
    readonly announcedUrl?: string;
    readonly awaitReady?: boolean;
  },
): Promise<Server> {
  const env: Record<string, string> = { JZSE_REGION: options.region, JZSE_HUB_URL: options.hubUrl, ...options.env };
  if (options.announcedUrl !== undefined) env['JZSE_URL'] = options.announcedUrl;
  return startServer({ ...options, name: options.region, main: 'apps/edge-node/src/main.ts', env });
}

async function startServer(
  options: ServerOptions & { readonly name: string; readonly main: string; readonly awaitReady?: boolean },
): Promise<Server> {
  const port = options.port ?? (await freePort());
  const isTls = options.env?.['JZSE_TLS_CERT'] !== undefined || options.env?.['JZSE_TLS'] === 'fleet';
  const url = `${isTls ? 'https' : 'http'}://127.0.0.1:${port}`;
  mkdirSync(options.dataDir, { recursive: true });
  const logFile = join(dirname(options.dataDir), `${options.name}.log`);
  const env: Record<string, string> = { JZSE_DATA: options.dataDir, JZSE_PORT: String(port), ...options.env };
  for (const name of ['JZSE_TOKEN', 'JZSE_ENROL_TOKEN']) if (env[name] !== undefined) noteSecret(env[name]);
  await options.beforeStart?.();
  let life = spawnOnce(options.main, env, logFile);
  const server: Server = {
    name: options.name,
    url,
    port,
    dataDir: options.dataDir,
    get pid() {
      return life.child.pid ?? -1;
    },
    log: () => readFileSync(logFile, 'utf8'),
    kill: async (signal = 'SIGKILL') => {
      life.child.kill(signal);
      await life.exited;
    },
    start: async () => {
      await options.beforeStart?.();
      life = spawnOnce(options.main, env, logFile);
      await waitReady({ name: options.name, url, isGone: () => life.child.exitCode, logFile });
      await options.whenReady?.();
    },
    stop: async () => {
      const code = await life.stop();
      refuseLeaks(options.name, server.log());
      return code;
    },
    [Symbol.asyncDispose]: async () => void (await server.stop()),
  };
  try {
    if (options.awaitReady !== false) {
      await waitReady({ name: options.name, url, isGone: () => life.child.exitCode, logFile });
      await options.whenReady?.();
    }
  } catch (error) {
    await life.stop();
    throw error;
  }
  return server;
}

interface Life {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  stop(): Promise<number | null>;
}

const stopMs = 15_000;

function spawnOnce(main: string, env: Readonly<Record<string, string>>, logFile: string): Life {
  const log = openSync(logFile, 'a');
  const child = spawn(node, [join(repository, main)], {
    cwd: repository,
    env: { ...process.env, JZSE_LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  return supervise(child);
}

/** Groups of processes that this one has started and that may still have members. */
const groups = new Set<number>();
process.once('exit', () => groups.forEach(endGroup));

function endGroup(leader: number): void {
  groups.delete(leader);
  if (isGroupAlive(leader)) process.kill(-leader, 'SIGKILL');
}

function isGroupAlive(leader: number): boolean {
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
}

/** A detached child leads a group of its own, so that what it started (a Postgres) can be ended with it, whatever became of it. */
export function supervise(child: ChildProcess): Life {
  const leader = child.pid;
  if (leader === undefined) throw new Error(`cannot run ${child.spawnfile}`);
  groups.add(leader);
  const exited = new Promise<number | null>((resolve) =>
    child.once('exit', (code) => {
      if (!isGroupAlive(leader)) groups.delete(leader);
      resolve(code);
    }),
  );
  return {
    child,
    exited,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const late = setTimeout(endGroup, stopMs, leader);
      const code = await exited;
      clearTimeout(late);
      endGroup(leader);
      return code;
    },
  };
}

export async function waitReady(server: {
  readonly name: string;
  readonly url: string;
  readonly isGone?: () => number | null;
  readonly logFile?: string;
}): Promise<void> {
  let gone: number | null = null;
  await waitFor({ what: `${server.name} ready`, deadlineMs: 60_000, pollMs: 20 }, async () => {
    gone = server.isGone?.() ?? null;
    return gone !== null || (await fetch(`${server.url}/readyz`)).ok;
  });
  if (gone === null) return;
  const log = server.logFile === undefined ? '' : readFileSync(server.logFile, 'utf8').slice(-4000);
  throw new Error(`${server.name} ended with ${gone} before it was ready:\n${log}`);
}
