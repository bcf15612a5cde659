import { type ChildProcess, execFile, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const userName = 'postgres';

/** Who Postgres runs as; null: as we do. */
export type PostgresUser = { readonly uid: number; readonly gid: number } | null;

/** Postgres refuses to be root. As root we run it as the user `postgres`, which is made if need be. */
export async function postgresUser(): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return null;
  const known = await lookUp();
  if (known !== null) return known;
  // A hub that starts at the same moment may be quicker: only the look-up afterwards counts.
  await run('groupadd', ['--system', userName]).catch(() => undefined);
  await run('useradd', ['--system', '--gid', userName, userName]).catch(() => undefined);
  const made = await lookUp();
  if (made !== null) return made;
  throw new Error(
    `Postgres cannot run as root, and the user ${userName} could not be made: run the hub as another user, or set JZSE_DATABASE_URL`,
  );
}

export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly user: PostgresUser;
  /** What it must be able to reach besides itself. */
  readonly folder: string;
}

/** Starts a program as that user. On Linux the kernel interrupts it when this process dies, however it dies. */
export async function spawnAs({ program, args, user, folder }: ProgramRun): Promise<ChildProcess> {
  // A session of its own: Ctrl-C on our terminal is not for it. Our environment, with the token in it, is not for it either.
  const options: SpawnOptions = { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env: { LC_ALL: 'C' } };
  const reachable = user === null || ((await canReach(program, user)) && (await canReach(folder, user)));
  if (hasSetpriv()) {
    const flags = ['--pdeathsig', 'INT'];
    if (user !== null) flags.push('--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups');
    // Below a closed folder, such as /root: it may pass. We are root, so this gives away nothing that we could not do.
    // The bit is for access(2), with which initdb looks for its fellows: without it the kernel asks there as if nothing were granted.
    if (!reachable) flags.push('--securebits', '+no_setuid_fixup', '--inh-caps', '+dac_override', '--ambient-caps', '+dac_override');
    return spawn('setpriv', [...flags, program, ...args], options);
  }
  if (!reachable) {
    throw new Error(
      `the user ${userName} cannot enter ${folder} or reach ${program}: open the folders above (chmod o+x), run the hub as another user than root, or set JZSE_DATABASE_URL`,
    );
  }
  return spawn(program, args, { ...options, ...user });
}

async function lookUp(): Promise<PostgresUser> {
  try {
    const ids = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, userName])).stdout)));
    const [uid, gid] = ids;
    return uid === undefined || gid === undefined ? null : { uid, gid };
  } catch {
    return null;
  }
}

function hasSetpriv(): boolean {
  if (platform() !== 'linux') return false;
  const { stdout } = spawnSync('setpriv', ['--help'], { encoding: 'utf8' });
  return (stdout ?? '').includes('--pdeathsig');
}

/** Every folder above lets the user pass. */
async function canReach(path: string, user: NonNullable<PostgresUser>): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const pass = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & pass) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
