import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { JzseError } from '@jzse/api';
import { backOffMs, pause } from '@jzse/client';
import type { ServerPlan } from './cluster-plan.ts';

const restart = { firstMs: 100, maxMs: 5_000 };
/** A server that served for so long has started well: the next restart comes at once. */
const goodRunMs = 2_000;
const pollMs = 40;
const pollAnswerMs = 2_000;
/** Starts that may fail in a row before the first success; after it, it is started again for ever. */
const firstStartsMax = 3;
/** First starts make a database; slow disks take their time. */
const readyWithinMs = 60_000;

export interface ServerEvents {
  readonly onLine: (line: string) => void;
  /** A new process runs; `restarted` false the first time. */
  readonly onStarted: (pid: number, restarted: boolean) => void;
  /** It ended and will be started again after `againMs`. */
  readonly onDied: (how: string, againMs: number) => void;
}
export interface RunningServer {
  readonly plan: ServerPlan;
  readonly pid: () => number;
  /** Resolves when it first answered `/readyz`; rejects when it cannot start. */
  readonly ready: Promise<void>;
  /** SIGTERM, after `graceMs` SIGKILL for it and what it started. Resolves when it is gone; it is not started again. */
  stop(): Promise<void>;
  /** SIGKILL at once. */
  kill(): void;
}

/** Keeps one server running on the same port and data until it is stopped. */
export function superviseServer(plan: ServerPlan, events: ServerEvents): RunningServer {
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  let child: ChildProcess | null = null;

  const keepRunning = async () => {
    await mkdir(plan.data, { recursive: true, mode: 0o700 });
    let served = false;
    for (let failures = 0; !stopping.signal.aborted; ) {
      child = start(plan, events.onLine);
      events.onStarted(child.pid ?? -1, served || failures > 0);
      const run = watchRun(child, plan);
      run.ready.then((answered) => {
        if (answered) ready.resolve();
      });
      const { how, servedMs } = await run.ended;
      child = null;
      if (stopping.signal.aborted) break;
      served ||= servedMs !== null;
      failures = servedMs !== null && servedMs >= goodRunMs ? 0 : failures + 1;
      if (!served && failures >= firstStartsMax) {
        return ready.reject(new JzseError('internal', `${plan.name} does not start (${how}); its last lines above say why`));
      }
      const againMs = failures === 0 ? 0 : backOffMs(failures - 1, restart);
      events.onDied(how, againMs);
      await pause(againMs, stopping.signal);
    }
    ready.reject(new JzseError('internal', `${plan.name} was stopped before it was ready`));
  };
  const running = keepRunning().catch((error: unknown) => ready.reject(error));
  return {
    plan,
    pid: () => child?.pid ?? -1,
    ready: ready.promise,
    stop: async () => {
      stopping.abort();
      const ending = child;
      ending?.kill('SIGTERM');
      const late = setTimeout(() => {
        if (ending !== null) killGroup(ending);
      }, plan.graceMs);
      await running;
      clearTimeout(late);
    },
    kill: () => {
      stopping.abort();
      if (child !== null) killGroup(child);
    },
  };
}

function start(plan: ServerPlan, onLine: (line: string) => void): ChildProcess {
  const child = spawn(process.execPath, [plan.entry], {
    env: plan.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in the terminal reaches only us, and we stop the servers in order.
    detached: true,
  });
  child.stdin.on('error', () => {});
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  return child;
}

interface Run {
  /** Whether it answered before it ended. */
  readonly ready: Promise<boolean>;
  /** `servedMs` null: it never answered. */
  readonly ended: Promise<{ readonly how: string; readonly servedMs: number | null }>;
}

function watchRun(child: ChildProcess, plan: ServerPlan): Run {
  const over = new AbortController();
  let readyAtMs: number | null = null;
  const poll = async () => {
    const startedMs = Date.now();
    while (!over.signal.aborted) {
      if (await answersReady(plan.url, over.signal)) {
        readyAtMs = Date.now();
        return true;
      }
      if (Date.now() - startedMs > readyWithinMs) killGroup(child);
      await pause(pollMs, over.signal);
    }
    return false;
  };
  const ended = new Promise<{ readonly how: string; readonly servedMs: number | null }>((resolve) => {
    const end = (how: string) => {
      over.abort();
      resolve({ how, servedMs: readyAtMs === null ? null : Date.now() - readyAtMs });
    };
    child.once('exit', (code, signal) => end(signal === null ? `exit ${code}` : `signal ${signal}`));
    child.once('error', (error) => end(error.message));
  });
  return { ready: poll(), ended };
}

async function answersReady(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.any([signal, AbortSignal.timeout(pollAnswerMs)]) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** The server and what it started, such as a database. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
