import type { AuditEntry, AuditServices } from '@jzse/api/hub';
import { type AuditStore, type HubStore, openAuditStore } from '@jzse/db/hub';
import { type Auditor, createAuditLog, createAuditor, sessionRoutes } from '@jzse/gateway';
import { chainEntries, chainStart } from '@jzse/identity';
import type { Logger } from 'pino';
import { coded } from '../coded-errors.ts';
import { findRecords } from './find-records.ts';
import { toRow } from './stored-record.ts';
import { takeRecords } from './take-records.ts';
import { verifyChains } from './verify-chains.ts';

export interface OpenAuditDeps {
  readonly databaseUrl: string;
  readonly events: Pick<HubStore, 'raiseEvents'>;
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, 'error'>;
}
export interface HubAudit {
  readonly services: AuditServices;
  readonly auditor: Auditor;
  /** Into the hub's own chain. */
  readonly note: (entry: AuditEntry) => void;
  /** Resolves when all that was noted is written. */
  close(): Promise<void>;
}

const ownWriter = 'hub';
const triesMax = 10;

/** What regions say all day long; what their people did, regions write down themselves. */
const quietCalls: ReadonlySet<string> = new Set([
  'register',
  'heartbeat',
  'push',
  'transfers',
  'locate',
  'report',
  'verify',
  'mergeWork',
  'raise',
  'seed',
  'accounts.refresh',
  'audit.append',
  // A record a region says how it went, in place of one a page.
  'fleet.offerDirectory',
]);

export async function openAudit({ databaseUrl, events, nowMs, logger }: OpenAuditDeps): Promise<HubAudit> {
  const store = await openAuditStore({ databaseUrl });
  const log = createAuditLog({
    append: (entries) => appendOwn(store, entries, nowMs()),
    nowMs,
    onFailure: (cause) => logger.error({ err: cause }, 'what was done could not be written down yet; it is tried again'),
  });
  return {
    note: log.note,
    auditor: createAuditor({
      log,
      nowMs,
      quietCalls,
      routes: { ...sessionRoutes, 'GET /oidc/callback': () => ({ action: 'oidc.callback' }) },
    }),
    services: {
      appendAudit: coded(takeRecords({ store, events, note: log.note, nowMs })),
      audit: coded(findRecords({ store })),
      verifyAudit: coded(verifyChains({ store })),
    },
    close: async () => {
      await log.stop();
      await store.close();
    },
  };
}

/** Two hubs on one database share the chain: who comes second looks again where it ends. */
export async function appendOwn(store: Pick<AuditStore, 'chain' | 'append'>, entries: readonly AuditEntry[], nowMs: number): Promise<void> {
  for (let tries = 0; tries < triesMax; tries++) {
    const end = await store.chain(ownWriter);
    const records = chainEntries(ownWriter, end ?? chainStart, entries);
    if (await store.append(records.map(toRow), end, nowMs)) return;
  }
  throw new Error('another hub on this database was always sooner');
}
