import type { ReplicationDeps } from '../../../apps/edge-node/src/replicate/start-replication.ts';
import type { World } from '../world/world.ts';

type Logger = ReplicationDeps['logger'];

/** A log whose errors are broken rules: nothing that the world does may lead to one. */
export function createSimLogger(world: World, name: string): Logger {
  const line = (level: string, args: readonly unknown[]): void => {
    const [first, second] = args;
    const fields = typeof first === 'object' && first !== null ? first : {};
    const cause = 'err' in fields && fields.err instanceof Error ? `: ${fields.err.message}` : '';
    const text = `${name} ${level} ${typeof first === 'string' ? first : String(second)}${cause}`;
    if (level === 'error') world.fail(`${text} ${JSON.stringify({ ...fields, err: undefined })}`);
    else if (level !== 'debug') world.tell(text);
  };
  const logger = {
    debug: () => undefined,
    info: (...args: unknown[]) => line('info', args),
    warn: (...args: unknown[]) => line('warn', args),
    error: (...args: unknown[]) => line('error', args),
    child: () => logger,
  };
  return logger as unknown as Logger;
}
