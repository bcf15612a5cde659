import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { platform } from 'node:os';

/** Text that no other process has, then or later: a pid alone is used again. Null: there is no such process. */
export function processIdentity(pid: number): string | null {
  try {
    if (platform() !== 'linux') return `${pid} ${execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()}`;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; the start time is the 20th field after it.
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${pid} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${startTicks}`;
  } catch {
    return null;
  }
}

/** Whether this process is the Postgres server of the folder: its pid file may be old, and the pid someone else's by now. */
export function isServerOf(pid: number, folder: string): boolean {
  try {
    if (platform() === 'linux') {
      const program = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
      return /\/postgres$/.test(program) && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder);
    }
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(folder);
  } catch {
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
