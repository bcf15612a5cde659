import { JzseError } from '@jzse/api';
import type { AuditRecord, AuditServices } from '@jzse/api/hub';
import { beginLaterChain, type ChainStore, keepToReplica } from './keep-chain.ts';

export interface ShipAuditDeps {
  readonly store: ChainStore;
  readonly hub: Pick<AuditServices, 'appendAudit'>;
  readonly nowMs: () => number;
  readonly onBroken: (cause: unknown) => void;
}

const recordsPerCallMax = 500;
/** Also of long records: the hub takes no larger calls. */
const charactersPerCallMax = 500_000;
/** So long they stay here after the hub has them: it may be put back to a backup that has not. */
const keptMs = 7 * 24 * 3_600_000;
const rowsPerStepMax = 500;

/** Sends what the hub does not have, in order, until there is nothing more. */
export async function shipAudit(deps: ShipAuditDeps, signal: AbortSignal): Promise<void> {
  const { store, hub } = deps;
  if (store.replica() === null) return;
  while (!signal.aborted) {
    const chain = store.audit.chain();
    if (chain === null || chain.acknowledged >= chain.sequence) return;
    await keepToReplica(store);
    const { writer, acknowledged, sequence } = store.audit.chain() ?? chain;
    const records = firstOf(store.audit.read(acknowledged, recordsPerCallMax));
    // What the hub had, and has lost again, is not all here any more: what is goes there anew.
    if (records[0]?.sequence !== acknowledged + 1) await beginLaterChain(store, deps.nowMs());
    else await send(deps, { writer, records, sequence, hub });
  }
}

interface Sending extends Pick<ShipAuditDeps, 'hub'> {
  readonly writer: string;
  readonly records: readonly AuditRecord[];
  /** Of the last record here. */
  readonly sequence: number;
}

async function send(deps: ShipAuditDeps, { writer, records, sequence, hub }: Sending): Promise<void> {
  try {
    const answer = await hub.appendAudit(writer, records);
    // It knows of more than there is: this disk was put back to an older copy.
    if (answer.sequence > sequence) await beginLaterChain(deps.store, deps.nowMs());
    else await deps.store.audit.acknowledge(answer.sequence);
  } catch (cause) {
    if (!(cause instanceof JzseError) || cause.code !== 'invalid-input' || cause.detail['brokenAt'] === undefined) throw cause;
    deps.onBroken(cause);
    await beginLaterChain(deps.store, deps.nowMs());
  }
}

function firstOf(texts: readonly string[]): AuditRecord[] {
  let characters = 0;
  const records: AuditRecord[] = [];
  for (const text of texts) {
    characters += text.length;
    if (characters > charactersPerCallMax && records.length > 0) break;
    records.push(JSON.parse(text) as AuditRecord);
  }
  return records;
}

/** Answers how many went. */
export async function pruneAudit({ store, nowMs }: Pick<ShipAuditDeps, 'store' | 'nowMs'>, signal: AbortSignal): Promise<number> {
  let rows = 0;
  while (!signal.aborted) {
    const pruned = await store.audit.prune(nowMs() - keptMs, rowsPerStepMax);
    rows += pruned;
    if (pruned < rowsPerStepMax) break;
  }
  return rows;
}
