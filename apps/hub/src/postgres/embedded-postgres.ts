import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { postgresBinaries } from './binaries.ts';
import { claimFolder } from './claim-folder.ts';
import { endOrphan } from './end-orphan.ts';
import { initCluster } from './init-cluster.ts';
import { postgresUser } from './run-as.ts';
import { startServer, urlOf } from './start-server.ts';

export interface EmbeddedPostgres {
  /** With the password in it. */
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

/**
 * Runs the Postgres of a data folder; makes it the first time. Works after any end of the hub before: what that left
 * running is stopped, what it left half-made is made again. `onDeath`: the server ended by itself.
 */
export async function startEmbeddedPostgres(options: {
  readonly dataFolder: string;
  readonly logger: Logger;
  readonly onDeath: (reason: string) => void;
}): Promise<EmbeddedPostgres> {
  const release = claimFolder(options.dataFolder);
  try {
    const folder = join(realpathSync(options.dataFolder), 'postgres');
    const [binaries, user] = await Promise.all([postgresBinaries(), postgresUser()]);
    const cluster = { binaries, user, folder, logger: options.logger };
    await endOrphan(folder, options.logger);
    const password = await initCluster(cluster);
    const server = await startServer(cluster, options.onDeath);
    return {
      databaseUrl: urlOf(server.port, password),
      stop: async () => {
        await server.stop();
        release();
      },
    };
  } catch (cause) {
    release();
    throw cause;
  }
}
