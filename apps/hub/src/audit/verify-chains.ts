import type { AuditServices, ChainVerification } from '@jzse/api/hub';
import type { AuditStore } from '@jzse/db/hub';
import { walkChain } from '@jzse/identity';
import { toRecord } from './stored-record.ts';

type Store = Pick<AuditStore, 'writers' | 'chain' | 'read'>;

const rowsPerPage = 1_000;

/** From the first record to the last of each chain, page by page: every hash is computed anew. */
export function verifyChains({ store }: { readonly store: Store }): AuditServices['verifyAudit'] {
  return async () => {
    const found: ChainVerification[] = [];
    for (const writer of await store.writers()) found.push(await verifyChain(store, writer));
    return found;
  };
}

async function verifyChain(store: Store, writer: string): Promise<ChainVerification> {
  // Read before the records: what is added meanwhile lies after this end.
  const end = await store.chain(writer);
  const walk = walkChain(writer);
  let records = 0;
  for (let after = { sequence: Number.MIN_SAFE_INTEGER, id: 0 }; ; ) {
    const rows = await store.read(writer, after, rowsPerPage);
    for (const row of rows) {
      if (end !== null && row.sequence > end.sequence && (await isNewer(store, writer, row.sequence))) {
        return { writer, records, broken: walk.finish(end) };
      }
      walk.take(toRecord(row));
      records += 1;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerPage) return { writer, records, broken: walk.finish(end) };
    after = last;
  }
}

/** Added while the chain was read, and not by a hand that left its end alone. */
async function isNewer(store: Store, writer: string, sequence: number): Promise<boolean> {
  const end = await store.chain(writer);
  return end !== null && end.sequence >= sequence;
}
