import type { AuditRecord } from '@jzse/api/hub';
import type { AuditStoreRow } from '@jzse/db/hub';

export const toRow = ({ detail, ...record }: AuditRecord): AuditStoreRow => ({ ...record, detail: JSON.stringify(detail) });

/** Rows may have been altered by whoever can write to the database: what is no JSON any more is shown as it stands. */
export function toRecord<Row extends AuditStoreRow>({ detail, ...row }: Row): Omit<Row, 'detail'> & Pick<AuditRecord, 'detail'> {
  return { ...row, detail: parseDetail(detail) };
}

function parseDetail(text: string): AuditRecord['detail'] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as AuditRecord['detail'];
  } catch {
    // Not ours.
  }
  return { unreadable: text };
}
