import { existsSync } from 'node:fs';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';

const server = z.object({ url: z.string(), pid: z.number() });
const clusterSchema = z.object({
  hub: server,
  regions: z.array(server.extend({ id: z.string() })),
  space: z.string(),
});
/** What runs on this machine, as `jzse up` wrote it into its data folder. `pid` is the server's own process. */
export type Cluster = z.infer<typeof clusterSchema>;

const clusterPath = (data: string): string => join(data, 'cluster.json');
export const tokenPath = (data: string): string => join(data, 'token');
export const defaultData = '.jzse';

/** Whole or not at all: others read it at any time. Mode 0600. */
export async function writeCluster(data: string, cluster: Cluster): Promise<void> {
  const temporary = `${clusterPath(data)}.new`;
  await writeFile(temporary, `${JSON.stringify(cluster, null, 2)}\n`, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, clusterPath(data));
}

/** When nothing runs any more, nothing is said to run. */
export const removeCluster = (data: string): Promise<void> => rm(clusterPath(data), { force: true });

/** Null when nothing runs from that folder. */
export async function readCluster(data: string): Promise<Cluster | null> {
  const text = await readText(clusterPath(data));
  if (text === null) return null;
  const parsed = clusterSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

export async function readToken(data: string): Promise<string | null> {
  const text = await readText(tokenPath(data));
  return text === null ? null : text.trim();
}

/** The data folder named, or the nearest `.jzse` at or above the working directory. */
export function findData(named: string | undefined, from: string): string | null {
  if (named !== undefined) return resolve(from, named);
  for (let folder = from; ; folder = dirname(folder)) {
    const data = join(folder, defaultData);
    if (existsSync(data)) return data;
    if (dirname(folder) === folder) return null;
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
