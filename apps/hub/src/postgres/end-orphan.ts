import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isAlive, isServerOf } from './process-identity.ts';

/** How long a server may take for each way of stopping, from polite to rude. */
const stopSteps = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;
const pollMs = 20;

/** Stops the server that a killed hub left running, and removes a pid file that names a process of somebody else. */
export async function endOrphan(folder: string, logger: Logger): Promise<void> {
  const pidFile = join(folder, 'postmaster.pid');
  const pid = readPid(pidFile);
  // The server itself removes the file of a server that is gone.
  if (pid === null || !isAlive(pid)) return;
  if (!isServerOf(pid, folder)) {
    rmSync(pidFile, { force: true });
    return;
  }
  logger.info({ pid }, 'a Postgres of an earlier hub still runs: stopping it');
  for (const { signal, waitMs } of stopSteps) {
    sendSignal(pid, signal);
    for (let waitedMs = 0; waitedMs < waitMs; waitedMs += pollMs) {
      if (!isServerOf(pid, folder)) return;
      await sleep(pollMs);
    }
  }
  throw new Error(`a Postgres of an earlier hub (process ${pid}) does not stop: stop it by hand`);
}

function readPid(path: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
