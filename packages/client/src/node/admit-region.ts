import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegionId } from '@jzse/sync';
import type { HubClient } from '../hub-client.ts';

/** Files in the data folder of a region. */
const keyFile = 'region-key.json';
const tokenFile = 'enrol-token';

export interface RegionToAdmit {
  readonly region: string;
  /** How others are to reach it. */
  readonly url: string;
  /** Its data folder, on this machine. */
  readonly data: string;
}

/**
 * For an admin who runs a region on this machine: sees to it that the hub knows its key, or leaves a one-time token in its data folder,
 * which the region takes when it starts, or at once if it runs. Approves its address. Asks the hub only.
 */
export async function admitRegion(hub: HubClient, { region, url, data }: RegionToAdmit): Promise<void> {
  const id = region as RegionId;
  const known = (await hub.trpc.fleet.regions.query()).find((other) => other.region === id);
  if (known !== undefined && known.publicKey !== null && known.publicKey === (await publicKeyIn(data))) {
    if (known.url !== url) await hub.trpc.fleet.approveUrl.mutate({ region: id, url });
    return;
  }
  const { token } = await hub.trpc.fleet.addRegion.mutate({ region: id, url });
  await mkdir(data, { recursive: true, mode: 0o700 });
  const temporary = join(data, `${tokenFile}.new`);
  await writeFile(temporary, `${token}\n`, { mode: 0o600 });
  await rename(temporary, join(data, tokenFile));
}

async function publicKeyIn(data: string): Promise<string | null> {
  try {
    const { x } = JSON.parse(await readFile(join(data, keyFile), 'utf8')) as { readonly x?: unknown };
    return typeof x === 'string' ? x : null;
  } catch {
    return null;
  }
}
