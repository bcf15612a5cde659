import type { AuditServices } from '@jzse/api/hub';
import { type Auditor, createAuditLog, createAuditor } from '@jzse/gateway';
import type { Logger } from 'pino';
import { startLoop } from '../replicate/wakeable-loop.ts';
import { auditedRoutes } from './audited-routes.ts';
import { appendToChain, type ChainStore } from './keep-chain.ts';
import { pruneAudit, shipAudit } from './ship-audit.ts';

export interface OpenAuditDeps {
  readonly store: ChainStore;
  readonly hub: Pick<AuditServices, 'appendAudit'>;
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, 'error' | 'debug'>;
}
export interface EdgeAudit {
  readonly auditor: Auditor;
  /** Resolves when all that was noted is written here; what the hub does not have yet it gets at the next start. */
  close(): Promise<void>;
}

const shipEveryMs = 1_000;
const pruneEveryMs = 60 * 60_000;
const backoff = { initialMs: 500, maxMs: 5_000 };

/** Signing in again with a refresh token is no sign-in, and these two change nothing: of them only refusals are kept. */
const quietCalls: ReadonlySet<string> = new Set(['accounts.refresh', 'missingChunks', 'verify']);

export function openAudit({ store, hub, nowMs, logger }: OpenAuditDeps): EdgeAudit {
  const log = createAuditLog({
    append: (entries) => appendToChain(store, entries),
    nowMs,
    onFailure: (cause) => logger.error({ err: cause }, 'what was done could not be written down yet; it is tried again'),
  });
  const onBroken = (cause: unknown): void =>
    logger.error({ err: cause }, 'the hub has other records of this region than this disk: its audit goes on as another chain');
  const loops = [
    startLoop({
      pollMs: shipEveryMs,
      backoff,
      step: (signal) => shipAudit({ store, hub, nowMs, onBroken }, signal),
      onFailure: (cause, retryInMs) => logger.debug({ err: cause, retryInMs }, 'the hub was not sent what was done'),
    }),
    startLoop({
      pollMs: pruneEveryMs,
      step: async (signal) => void (await pruneAudit({ store, nowMs }, signal)),
      onFailure: (cause) => logger.error({ err: cause }, 'old records of what was done did not go'),
    }),
  ];
  return {
    auditor: createAuditor({ log, nowMs, quietCalls, routes: auditedRoutes }),
    close: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
      await log.stop();
    },
  };
}
