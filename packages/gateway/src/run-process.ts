import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { InvalidConfig } from './read-config.ts';

/** What a server process exits with. */
export const exitCodes = { ok: 0, failed: 1, badConfig: 2 } as const;
/** A stop that takes longer than this has failed. */
const stopMsMax = 20_000;

export interface ProcessOptions<Config> {
  readonly args: readonly string[];
  /** Printed above the table of settings. */
  readonly usage: string;
  readonly help: () => string;
  /** Throws `InvalidConfig`. */
  readonly loadConfig: () => Config;
  /** Secrets masked. */
  readonly printConfig: (config: Config) => string;
  readonly openLog: (config: Config) => Logger;
  /** End with whoever holds our standard input. */
  readonly isWatchedByParent: boolean;
  readonly start: (run: ServerRun<Config>) => Promise<{ readonly url: string }>;
}
export interface ServerRun<Config> {
  readonly config: Config;
  readonly logger: Logger;
  /** Aborted: stop starting. */
  readonly signal: AbortSignal;
  /** What has to be undone, in the order of building; undone in reverse, also when the start fails half-way. */
  readonly closers: (() => Promise<void>)[];
  /** Ends the process at once: going on would do harm. */
  readonly die: (error: unknown, message: string) => never;
}

/** The life of a server process: options, start, signals, orderly stop. A failure that nobody expected ends it: its supervisor starts it anew. */
export function runProcess<Config>(options: ProcessOptions<Config>): void {
  const [argument] = options.args;
  const usage = `${options.usage}\n\n  --print-config   print the configuration, secrets masked, and exit\n  --help           print this and exit\n\n${options.help()}\n`;
  if (argument === '--help') return finish(usage, exitCodes.ok);
  if (argument !== undefined && argument !== '--print-config') {
    return finish(`${argument}: no such option\n\n${usage}`, exitCodes.badConfig);
  }
  let config: Config;
  try {
    config = options.loadConfig();
  } catch (error) {
    if (error instanceof InvalidConfig) return finish(`${error.message}\n`, exitCodes.badConfig);
    throw error;
  }
  if (argument === '--print-config') return finish(options.printConfig(config), exitCodes.ok);
  void serve(options, config);
}

function finish(text: string, code: number): void {
  (code === exitCodes.ok ? process.stdout : process.stderr).write(text);
  process.exitCode = code;
}

async function serve<Config>(options: ProcessOptions<Config>, config: Config): Promise<void> {
  const logger = options.openLog(config);
  const closers: (() => Promise<void>)[] = [];
  const stopping = new AbortController();
  const die = (error: unknown, message: string): never => {
    logger.fatal({ err: error }, message);
    process.exit(exitCodes.failed);
  };
  process.on('uncaughtException', (error) => die(error, 'unexpected failure'));
  const started = options.start({ config, logger, closers, die, signal: stopping.signal });
  const stop = async (reason: string): Promise<void> => {
    // A Ctrl-C comes twice: from the terminal, and from the supervisor that it reached too.
    if (stopping.signal.aborted) return;
    stopping.abort();
    logger.info({ reason }, 'stopping');
    // A start that hangs must not keep the process from ending either.
    const closed = started.catch(() => undefined).then(() => closeAll(closers, logger));
    await Promise.race([closed, sleep(stopMsMax).then(() => die(new Error('time is up'), 'could not stop cleanly'))]);
    logger.info('stopped');
    process.exit(exitCodes.ok);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (options.isWatchedByParent) process.stdin.on('end', () => void stop('the supervisor ended')).resume();
  try {
    const { url } = await started;
    logger.info({ url }, 'listening');
  } catch (error) {
    if (stopping.signal.aborted) return;
    await closeAll(closers, logger);
    die(error, 'could not start');
  }
}

/** In reverse order: what was built last stands on the rest. */
async function closeAll(closers: readonly (() => Promise<void>)[], logger: Logger): Promise<void> {
  for (const close of closers.toReversed()) {
    await close().catch((error: unknown) => logger.error({ err: error }, 'could not close cleanly'));
  }
}
