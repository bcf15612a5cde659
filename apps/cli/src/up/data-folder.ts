import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { JzseError } from '@jzse/api';
import { readToken, tokenPath } from '../cluster-file.ts';

const tokenBytes = 32;

export interface DataFolder {
  readonly token: string;
  /** Lets another `jzse up` have the folder. */
  release(): Promise<void>;
}

/** Makes the folder (0700) and the token (0600) at first, and takes the folder: `already-exists` when another `jzse up` runs in it. */
export async function openDataFolder(data: string): Promise<DataFolder> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  await chmod(data, 0o700);
  const lock = join(data, 'up.lock');
  await takeLock(data, lock);
  try {
    return { token: await openToken(data), release: () => rm(lock, { force: true }) };
  } catch (error) {
    await rm(lock, { force: true });
    throw error;
  }
}

/** That of the first admin: the one that is there, or a new one (0600). */
export async function openToken(data: string): Promise<string> {
  const known = await readToken(data);
  if (known !== null && known !== '') {
    await chmod(tokenPath(data), 0o600);
    return known;
  }
  const token = randomBytes(tokenBytes).toString('base64url');
  const file = await open(tokenPath(data), 'w', 0o600);
  await file.writeFile(`${token}\n`);
  await file.sync();
  await file.close();
  return token;
}

/** The lock names its holder, so one that was left behind by a crash is seen to be. */
async function takeLock(data: string, lock: string): Promise<void> {
  for (;;) {
    try {
      const file = await open(lock, 'wx', 0o600);
      await file.writeFile(JSON.stringify({ pid: process.pid, started: await startOf(process.pid) }));
      return await file.close();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = await readHolder(lock);
    if (holder !== null && (await isRunning(holder))) {
      throw new JzseError(
        'already-exists',
        `${data} is in use by another "jzse up" (pid ${holder.pid}). Stop that one, or choose another folder with --data`,
      );
    }
    await rm(lock, { force: true });
  }
}

interface Holder {
  readonly pid: number;
  readonly started: string | null;
}

async function readHolder(lock: string): Promise<Holder | null> {
  try {
    const { pid, started } = JSON.parse(await readFile(lock, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && pid > 0 ? { pid, started: started ?? null } : null;
  } catch {
    return null;
  }
}

async function isRunning({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return (await startOf(pid)) === started;
}

/** When a process started, in its system's own count: a pid that was given out again differs. Null where there is no /proc. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
