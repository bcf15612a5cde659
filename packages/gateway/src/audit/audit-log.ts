import type { AuditEntry } from '@jzse/api/hub';

/** Takes records without holding up whoever makes them, and writes them in batches. */
export interface AuditLog {
  note(entry: AuditEntry): void;
  /** Resolves when everything that was noted is written; what cannot be is let go. */
  stop(): Promise<void>;
}

export interface AuditLogDeps {
  /** Resolves when they are durable; all or none. */
  readonly append: (entries: readonly AuditEntry[]) => Promise<void>;
  readonly nowMs: () => number;
  /** Told of the first failure of several in a row. */
  readonly onFailure: (cause: unknown) => void;
}

/** What a kill may lose. */
const flushMs = 50;
const retryMs = 1_000;
const perBatchMax = 500;
/** While they cannot be written, no more are kept; how many were not is a record of its own. */
const waitingMax = 20_000;

export function createAuditLog(deps: AuditLogDeps): AuditLog {
  let waiting: AuditEntry[] = [];
  let lost = 0;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();
  let isFailing = false;

  const write = async (): Promise<void> => {
    while (waiting.length > 0 || lost > 0) {
      const batch = waiting.slice(0, perBatchMax);
      const told = lost;
      await deps.append(told === 0 ? batch : [...batch, lostEntry(deps.nowMs(), told)]);
      waiting.splice(0, batch.length);
      lost -= told;
      isFailing = false;
    }
  };
  const flush = (): void => {
    timer = null;
    writing = write().catch((cause: unknown) => {
      if (!isFailing) deps.onFailure(cause);
      isFailing = true;
      schedule(retryMs);
    });
  };
  const schedule = (ms: number): void => {
    timer ??= setTimeout(() => void writing.then(flush), ms);
  };
  return {
    note: (entry) => {
      if (waiting.length >= waitingMax) lost += 1;
      else waiting.push(entry);
      schedule(flushMs);
    },
    stop: async () => {
      const stopTimer = (): void => {
        if (timer !== null) clearTimeout(timer);
        timer = null;
      };
      stopTimer();
      await writing;
      stopTimer();
      await write().catch(deps.onFailure);
      waiting = [];
    },
  };
}

const lostEntry = (atMs: number, records: number): AuditEntry => ({
  atMs,
  actor: 'audit',
  action: 'audit.lost',
  space: null,
  target: null,
  address: null,
  requestId: null,
  result: 'ok',
  detail: { records },
});
