import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { PostgresBinaries } from './binaries.ts';
import { type PostgresUser, spawnAs } from './run-as.ts';

export const databaseUser = 'jzse';
const passwordBytes = 24;

export interface Cluster {
  readonly binaries: PostgresBinaries;
  readonly user: PostgresUser;
  /** `JZSE_DATA/postgres` */
  readonly folder: string;
  readonly logger: Logger;
}

/** Makes the folder of a Postgres server if it is not there. Killed at any instruction, the next start makes it whole. Answers the password. */
export async function initCluster(cluster: Cluster): Promise<string> {
  const passwordFile = `${cluster.folder}.password`;
  const password = await readOrMakePassword(passwordFile, cluster.user);
  // A cluster that was made here came whole by the rename below, with this file in it.
  if (await exists(join(cluster.folder, 'PG_VERSION'))) return password;
  await setRemainsAside(cluster);
  const aside = `${cluster.folder}.new`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { mode: 0o700 });
  if (cluster.user !== null) await chown(aside, cluster.user.uid, cluster.user.gid);
  cluster.logger.info({ folder: cluster.folder }, 'making a Postgres cluster');
  await runInitdb(cluster, { aside, passwordFile });
  await rename(aside, cluster.folder);
  await flushFolder(dirname(cluster.folder));
  return password;
}

/** A database that was removed while its server still ran: that wrote some of it again, and it is none. */
async function setRemainsAside({ folder, logger }: Cluster): Promise<void> {
  if (!(await exists(folder))) return;
  const aside = `${folder}.remains-${Date.now()}`;
  await rename(folder, aside);
  logger.warn({ folder, aside }, 'this is no Postgres cluster: it is set aside, and one is made');
}

async function runInitdb(
  { binaries, user }: Cluster,
  { aside, passwordFile }: { readonly aside: string; readonly passwordFile: string },
): Promise<void> {
  const args = [`--pgdata=${aside}`, `--username=${databaseUser}`, `--pwfile=${passwordFile}`];
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions');
  const child = await spawnAs({ program: binaries.initdb, args, user, folder: aside });
  let said = '';
  child.stderr?.on('data', (data) => {
    said += data;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`initdb failed (${code}): ${said.trim()}`);
}

/** Written whole before the cluster knows it, so that the two cannot differ. */
async function readOrMakePassword(path: string, user: PostgresUser): Promise<string> {
  if (await exists(path)) return (await readFile(path, 'utf8')).trim();
  const password = randomBytes(passwordBytes).toString('hex');
  const aside = `${path}.new`;
  await rm(aside, { force: true });
  const file = await open(aside, 'wx', 0o600);
  try {
    await file.writeFile(`${password}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  // initdb reads it, as the user that Postgres runs as.
  if (user !== null) await chown(aside, user.uid, user.gid);
  await rename(aside, path);
  await flushFolder(dirname(path));
  return password;
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
