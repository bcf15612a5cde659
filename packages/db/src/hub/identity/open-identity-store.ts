import { closeDatabase, openDatabase } from '../open-database.ts';
import { prepareDirectory } from './directory.ts';
import { prepareHubSecrets } from './hub-secrets.ts';
import type { IdentityStore } from './identity-store.ts';

const poolMaxDefault = 3;

/** On the same database as the hub's metadata, with connections of its own: sign-ins do not wait for pushes. */
export async function openIdentityStore(options: { readonly databaseUrl: string; readonly poolMax?: number }): Promise<IdentityStore> {
  const pools = await openDatabase({ databaseUrl: options.databaseUrl, poolMax: options.poolMax ?? poolMaxDefault });
  return { ...prepareDirectory(pools.durable), ...prepareHubSecrets(pools.durable), close: () => closeDatabase(pools) };
}
