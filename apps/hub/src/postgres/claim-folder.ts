import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity } from './process-identity.ts';

const claimTriesMax = 3;

/**
 * Makes this process the only hub of the folder, or throws. A claim of a process that is gone counts for nothing,
 * however it went. Answers how to give the folder back.
 */
export function claimFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'hub.pid');
  const mine = processIdentity(process.pid) ?? String(process.pid);
  for (let tries = 1; ; tries++) {
    try {
      writeFileSync(path, mine, { flag: 'wx', mode: 0o644 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries === claimTriesMax) throw error;
    }
    const holder = readFileSync(path, 'utf8');
    const pid = Number.parseInt(holder, 10);
    if (holder !== mine && Number.isInteger(pid) && processIdentity(pid) === holder) {
      throw new Error(`another hub (process ${pid}) already runs in ${folder}: stop it, or give this one another JZSE_DATA`);
    }
    rmSync(path, { force: true });
  }
}
