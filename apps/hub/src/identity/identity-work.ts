import type { IdentityStore } from '@jzse/db/hub';
import type { Logger } from 'pino';
import type { Directory } from './directory.ts';
import type { HubKeys } from './hub-keys.ts';
import { goes } from './records.ts';

const everyMs = 60 * 60_000;
const pageRecords = 500;

export interface IdentityWorkDeps {
  readonly keys: Pick<HubKeys, 'renew'>;
  readonly directory: Pick<Directory, 'list' | 'put'>;
  readonly store: Pick<IdentityStore, 'dropSessions'>;
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Every hour: a new key when the last is old, and sessions and tokens go whose time is over. */
export function startIdentityWork(deps: IdentityWorkDeps): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let round = Promise.resolve();
  const schedule = (): void => {
    if (!isStopped) timer = setTimeout(run, everyMs);
  };
  const run = (): void => {
    round = workOnIdentity(deps, () => isStopped)
      .catch((cause: unknown) => deps.logger.warn({ err: cause }, 'keys and sessions were not looked after; the next round is in an hour'))
      .then(schedule);
  };
  schedule();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}

export async function workOnIdentity(deps: Omit<IdentityWorkDeps, 'logger'>, isStopped: () => boolean): Promise<void> {
  await deps.keys.renew();
  for (const kind of ['session', 'token'] as const) {
    for (let after: string | null = null; !isStopped(); ) {
      const page: readonly ExpiringState[] = await deps.directory.list(kind, { after, limit: pageRecords });
      const over = page.filter(({ expiresMs }) => expiresMs !== null && expiresMs <= deps.nowMs());
      await deps.directory.put(over.map((state) => goes(kind, state as never)));
      if (kind === 'session') await deps.store.dropSessions(over.map(({ id }) => id));
      after = page.at(-1)?.id ?? null;
      if (page.length < pageRecords) break;
    }
  }
}

interface ExpiringState {
  readonly id: string;
  readonly expiresMs: number | null;
}
