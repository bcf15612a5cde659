import type { AuditServices } from '@jzse/api/hub';
import type { AuditStore } from '@jzse/db/hub';
import { toRecord } from './stored-record.ts';

/** By page; `next` is what to go on after, or before. */
export function findRecords({ store }: { readonly store: Pick<AuditStore, 'find'> }): AuditServices['audit'] {
  return async (filter) => {
    const rows = await store.find(filter);
    return { records: rows.map(toRecord), next: rows.length < filter.limit ? null : (rows.at(-1)?.id ?? null) };
  };
}
