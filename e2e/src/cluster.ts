import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePortBase } from './free-ports.ts';
import { noteSecret, refuseLeaks } from './leaks.ts';
import { node, repository, supervise, waitReady } from './processes.ts';
import { makeScratchFolder } from './scratch-folder.ts';
import { waitFor } from './wait-for.ts';

export type RegionName = 'beijing' | 'shanghai' | 'shenzhen';
export const regionNames: readonly RegionName[] = ['beijing', 'shanghai', 'shenzhen'];

/** What `jzse up` starts: a hub and three regions on this machine, supervised. */
export interface TestCluster {
  readonly hub: { readonly url: string; readonly pid: number };
  readonly regions: Readonly<Record<RegionName, { readonly id: RegionName; readonly url: string; readonly pid: number }>>;
  readonly token: string;
  readonly space: 'demo';
  readonly dataDir: string;
  /** The process that runs now: the supervisor starts a new one after each that dies. */
  pidOf(name: 'hub' | RegionName): number;
  kill(name: 'hub' | RegionName, signal?: NodeJS.Signals): void;
  waitReady(name: 'hub' | RegionName): Promise<void>;
  /** Everything that the supervisor and the servers have printed. */
  log(): string;
  /** Answers the supervisor's exit code. The folder is removed unless it was given. */
  stop(): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface ClusterOptions {
  readonly dataDir?: string;
  readonly portBase?: number;
  readonly env?: Readonly<Record<string, string>>;
}

interface ReadyLine {
  readonly ready: true;
  readonly hub: { readonly url: string; readonly pid: number };
  readonly regions: readonly { readonly id: RegionName; readonly url: string; readonly pid: number }[];
  readonly space: 'demo';
  readonly token: string;
}

export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const scratch = makeScratchFolder();
  const dataDir = options.dataDir ?? join(scratch.path, 'data');
  const portBase = options.portBase ?? (await freePortBase());
  const files = { out: join(scratch.path, 'up.out'), log: join(scratch.path, 'up.log') };
  const handles = [openSync(files.out, 'a'), openSync(files.log, 'a')] as const;
  const args = ['apps/cli/src/main.ts', 'up', '--json', '--data', dataDir, '--port-base', String(portBase)];
  const child = spawn(node, args, {
    cwd: repository,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', ...handles],
    detached: true,
  });
  handles.forEach(closeSync);
  const life = supervise(child);
  const stopOnce = async () => {
    const code = await life.stop();
    // Not of what it printed: the ready line is where the token is told.
    const written = readFileSync(files.log, 'utf8');
    scratch.remove();
    refuseLeaks('jzse up', written);
    return code;
  };
  let stopped: ReturnType<typeof stopOnce> | null = null;
  const stop = () => {
    stopped ??= stopOnce();
    return stopped;
  };
  const log = () => readFileSync(files.log, 'utf8') + readFileSync(files.out, 'utf8');
  try {
    const ready = await waitFor({ what: 'the ready line of jzse up', deadlineMs: 90_000 }, () =>
      child.exitCode === null ? readyLine(files.out) : 'ended',
    );
    if (ready !== 'ended') noteSecret(ready.token);
    if (ready === 'ended') throw new Error('jzse up ended before it was ready');
    return clusterOf(ready, dataDir, { log, stop });
  } catch (error) {
    const printed = log().slice(-8000);
    await stop();
    throw new Error(`no cluster; it printed:\n${printed}`, { cause: error });
  }
}

function readyLine(file: string): ReadyLine | null {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((text) => text.startsWith('{"ready":true'));
  return line === undefined ? null : (JSON.parse(line) as ReadyLine);
}

function clusterOf(ready: ReadyLine, dataDir: string, handles: Pick<TestCluster, 'log' | 'stop'>): TestCluster {
  const regions = Object.fromEntries(ready.regions.map((region) => [region.id, region])) as unknown as TestCluster['regions'];
  const pidOf = (name: 'hub' | RegionName) => {
    const now = JSON.parse(readFileSync(join(dataDir, 'cluster.json'), 'utf8')) as Pick<ReadyLine, 'hub' | 'regions'>;
    const server = name === 'hub' ? now.hub : now.regions.find((region) => region.id === name);
    if (server === undefined) throw new Error(`cluster.json does not name ${name}`);
    return server.pid;
  };
  return {
    hub: ready.hub,
    regions,
    token: ready.token,
    space: 'demo',
    dataDir,
    pidOf,
    kill: (name, signal = 'SIGKILL') => process.kill(pidOf(name), signal),
    waitReady: (name) => waitReady({ name, url: name === 'hub' ? ready.hub.url : regions[name].url }),
    ...handles,
    [Symbol.asyncDispose]: async () => void (await handles.stop()),
  };
}
