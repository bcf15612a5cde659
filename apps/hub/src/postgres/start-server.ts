import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Cluster, databaseUser } from './init-cluster.ts';
import { spawnAs } from './run-as.ts';

const startTriesMax = 10;
const retryMs = 300;
const stopFastMs = 8_000;
const lastLinesMax = 20;

/** Sized for a hub beside other things on one machine: little memory, few processes, every commit flushed. */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  superuser_reserved_connections: '2',
  shared_buffers: '128MB',
  effective_cache_size: '512MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  synchronous_commit: 'on',
  wal_level: 'replica',
  max_wal_senders: '2',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off',
  huge_pages: 'off',
  io_method: 'sync',
  max_worker_processes: '2',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  // Statements hold names of files: not for the log.
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
  log_error_verbosity: 'terse',
};

export interface RunningPostgres {
  readonly port: number;
  stop(): Promise<void>;
}

/** Runs the server at a free port. Tries again while remains of an earlier one are in the way. `onDeath`: it ended, and nobody had asked it to. */
export async function startServer(cluster: Cluster, onDeath: (reason: string) => void): Promise<RunningPostgres> {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const started = await startOnce(cluster, port);
    if (started.type === 'running') return watch(started.child, { port, onDeath });
    if (tries === startTriesMax) throw new Error(`Postgres does not start: ${started.lastLines.join(' | ')}`);
    cluster.logger.warn({ tries, lastLines: started.lastLines }, 'Postgres did not start: trying again');
    await sleep(retryMs);
  }
}

type Started =
  | { readonly type: 'running'; readonly child: ChildProcess }
  | { readonly type: 'ended'; readonly lastLines: readonly string[] };

async function startOnce({ binaries, user, folder, logger }: Cluster, port: number): Promise<Started> {
  const flags = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = await spawnAs({ program: binaries.postgres, args: ['-D', folder, ...flags], user, folder });
  const lastLines: string[] = [];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve({ type: 'ended', lastLines }));
    if (child.stderr === null) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > lastLinesMax) lastLines.shift();
      logLine(logger, line);
      if (line.includes('database system is ready to accept connections')) resolve({ type: 'running', child });
    });
  });
}

function watch(
  child: ChildProcess,
  { port, onDeath }: { readonly port: number; readonly onDeath: (reason: string) => void },
): RunningPostgres {
  let stopping = false;
  const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve([]);
  void ended.then(() => {
    if (!stopping) onDeath(child.signalCode ?? `exit code ${child.exitCode}`);
  });
  return {
    port,
    stop: async () => {
      stopping = true;
      child.kill('SIGINT');
      const rude = setTimeout(() => child.kill('SIGQUIT'), stopFastMs);
      await ended;
      clearTimeout(rude);
    },
  };
}

/** Free a moment ago: when somebody else is quicker, the start fails and is tried with another one. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function logLine(logger: Logger, line: string): void {
  const text = line.replace(/^.*?\[\d+\] /, '');
  if (/(FATAL|PANIC): /.test(line)) logger.error({ postgres: text }, 'Postgres');
  else if (/(ERROR|WARNING): /.test(line)) logger.warn({ postgres: text }, 'Postgres');
  else logger.debug({ postgres: text }, 'Postgres');
}

export const urlOf = (port: number, password: string): string => `postgres://${databaseUser}:${password}@127.0.0.1:${port}/postgres`;
