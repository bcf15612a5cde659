import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { configHelp, type HubConfig, InvalidConfig, loadConfig, printConfig } from './config.ts';
import { startHub } from './start-hub.ts';

const exitCodes = { ok: 0, failed: 1, badConfig: 2 } as const;
/** A stop that takes longer than this has failed. */
const stopMsMax = 20_000;

const usage = `jzse hub: orders the changes of all regions

  --print-config   print the configuration, secrets masked, and exit
  --help           print this and exit

${configHelp()}
`;

main(process.argv.slice(2));

function main(args: readonly string[]): void {
  const [argument] = args;
  if (argument === '--help') return finish(usage, exitCodes.ok);
  if (argument !== undefined && argument !== '--print-config')
    return finish(`${argument}: no such option\n\n${usage}`, exitCodes.badConfig);
  let config: HubConfig;
  try {
    config = loadConfig();
  } catch (error) {
    if (error instanceof InvalidConfig) return finish(`${error.message}\n`, exitCodes.badConfig);
    throw error;
  }
  if (argument === '--print-config') return finish(printConfig(config), exitCodes.ok);
  void serve(config, pino({ level: config.logLevel, base: { service: 'hub', pid: process.pid } }));
}

function finish(text: string, code: number): void {
  (code === exitCodes.ok ? process.stdout : process.stderr).write(text);
  process.exitCode = code;
}

async function serve(config: HubConfig, logger: Logger): Promise<void> {
  const closers: (() => Promise<void>)[] = [];
  const stopping = new AbortController();
  const die = (error: unknown, message: string): never => {
    logger.fatal({ err: error }, message);
    process.exit(exitCodes.failed);
  };
  process.on('uncaughtException', (error) => die(error, 'unexpected failure'));
  const onDatabaseDeath = (reason: string): void => {
    if (!stopping.signal.aborted) die(new Error(reason), 'the database ended by itself');
  };
  const started = startHub(
    { config, version: packageJson.version, logger, nowMs: Date.now, onDatabaseDeath, signal: stopping.signal },
    closers,
  );
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    // A Ctrl-C comes twice: from the terminal, and from the supervisor that it reached too.
    if (stopping.signal.aborted) return;
    stopping.abort();
    logger.info({ signal }, 'stopping');
    await started.catch(() => undefined);
    await Promise.race([closeAll(closers, logger), sleep(stopMsMax).then(() => die(new Error('time is up'), 'could not stop cleanly'))]);
    logger.info('stopped');
    process.exit(exitCodes.ok);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    const { url } = await started;
    logger.info({ url, version: packageJson.version }, 'hub is listening');
  } catch (error) {
    if (stopping.signal.aborted) return;
    await closeAll(closers, logger);
    die(error, 'the hub could not start');
  }
}

/** In reverse order: what was built last stands on the rest. */
async function closeAll(closers: readonly (() => Promise<void>)[], logger: Logger): Promise<void> {
  for (const close of closers.toReversed()) {
    await close().catch((error: unknown) => logger.error({ err: error }, 'could not close cleanly'));
  }
}
