import type { AuditEntry, AuditRecord } from '@jzse/api/hub';
import type { AuditRow, OpenRegionStore } from '@jzse/db/region';
import { chainEntries, chainStart } from '@jzse/identity';

export type ChainStore = Pick<OpenRegionStore, 'audit' | 'replica'>;

/** Into the chain of this replica, which is begun when there is none. */
export async function appendToChain(store: ChainStore, entries: readonly AuditEntry[]): Promise<void> {
  await keepToReplica(store);
  await store.audit.append((chain) => chainEntries(chain.writer, chain, entries).map(toRow));
}

/** A disk that was restored, or a new replica, begins a chain of its own; what the hub has not seen of the former goes on in it. Throws before the region has a replica. */
export async function keepToReplica(store: ChainStore): Promise<void> {
  const replica = store.replica();
  if (replica === null) throw new Error('this region has no replica yet');
  const writer = store.audit.chain()?.writer;
  if (writer === replica || writer?.startsWith(`${replica}/`) === true) return;
  await beginChain(store, replica);
}

/** The hub has other records under this name: they go on under one that was never used. */
export async function beginLaterChain(store: ChainStore, nowMs: number): Promise<void> {
  const former = store.audit.chain();
  await beginChain(store, `${store.replica()}/${nowMs}`);
  const detail = former === null ? {} : { former: former.writer, sequence: former.sequence, hash: former.hash };
  const nowhere = { space: null, target: null, address: null, requestId: null };
  await appendToChain(store, [{ ...nowhere, atMs: nowMs, actor: 'audit', action: 'audit.chain-begun', result: 'ok', detail }]);
}

async function beginChain({ audit }: ChainStore, writer: string): Promise<void> {
  await audit.begin(writer, chainStart.hash, (chain, unsent) => {
    const entries = unsent.map((text): AuditEntry => {
      const { writer: _, sequence: __, previous: ___, hash: ____, ...entry } = JSON.parse(text) as AuditRecord;
      return entry;
    });
    return chainEntries(chain.writer, chain, entries).map(toRow);
  });
}

const toRow = (record: AuditRecord): AuditRow => ({
  sequence: record.sequence,
  atMs: record.atMs,
  hash: record.hash,
  record: JSON.stringify(record),
});
