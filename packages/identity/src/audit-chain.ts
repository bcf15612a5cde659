import { createHash } from 'node:crypto';
import type { AuditEntry, AuditRecord, ChainBreak } from '@jzse/api/hub';

/** Where a chain ends: what its next record stands on. */
export interface ChainEnd {
  readonly sequence: number;
  readonly hash: string;
}

/** Before the first record of a chain. */
export const chainStart: ChainEnd = { sequence: 0, hash: '0'.repeat(64) };

/** The entries as the next records of a chain, in order. */
export function chainEntries(writer: string, after: ChainEnd, entries: readonly AuditEntry[]): AuditRecord[] {
  let { sequence, hash: previous } = after;
  return entries.map((entry) => {
    sequence += 1;
    const unsealed = { ...entry, writer, sequence, previous };
    const record = { ...unsealed, hash: recordHash(unsealed) };
    previous = record.hash;
    return record;
  });
}

/** SHA-256 in hex over the previous record's hash and everything that the record says; the same whatever order its fields have. */
export function recordHash(record: Omit<AuditRecord, 'hash'>): string {
  return createHash('sha256').update(canonicalText(record)).digest('hex');
}

/** A JSON list of the fields in this order, details as pairs by their names. */
function canonicalText({ detail, ...record }: Omit<AuditRecord, 'hash'>): string {
  const { previous, writer, sequence, atMs, actor, action, space, target, address, requestId, result } = record;
  const details = Object.entries(detail).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([previous, writer, sequence, atMs, actor, action, space, target, address, requestId, result, details]);
}

/** Walks one chain from its beginning, record by record. Nothing is kept but its end, so that a chain of any length can be walked. */
export interface ChainWalk {
  /** The next record that there is. */
  take(record: AuditRecord): void;
  /** After the last: `end` is where the writer left the chain. Null: nothing is altered and nothing missing. */
  finish(end: ChainEnd | null): ChainBreak | null;
}

/** Every chain begins with sequence 1. */
export function walkChain(writer: string): ChainWalk {
  let last = chainStart;
  let broken: ChainBreak | null = null;
  const problemOf = (record: AuditRecord): ChainBreak | null => {
    const { sequence } = record;
    const expected = last.sequence + 1;
    if (sequence > expected) return { sequence: expected, what: 'missing' };
    // Also a record of another writer that was put here, and one that stands here twice.
    if (sequence < expected || record.writer !== writer || recordHash(record) !== record.hash) return { sequence, what: 'altered' };
    // The record is whole: what stands before it was made anew, hash and all.
    return record.previous === last.hash ? null : { sequence: Math.max(1, sequence - 1), what: 'altered' };
  };
  return {
    take: (record) => {
      broken ??= problemOf(record);
      last = { sequence: record.sequence, hash: record.hash };
    },
    finish: (end) => broken ?? endProblem(last, end),
  };
}

function endProblem(last: ChainEnd, end: ChainEnd | null): ChainBreak | null {
  const { sequence, hash } = end ?? chainStart;
  if (sequence > last.sequence) return { sequence: last.sequence + 1, what: 'missing' };
  // Where the end is not known, whoever removed it may have removed more.
  if (sequence < last.sequence)
    return end === null ? { sequence: last.sequence + 1, what: 'missing' } : { sequence: sequence + 1, what: 'altered' };
  return hash === last.hash ? null : { sequence, what: 'altered' };
}

/** What a chain that ends there takes of records that are offered: replays are left out. `gap`: some are missing before them. `break`: they do not follow. */
export type Continuation =
  | { readonly type: 'append'; readonly records: readonly AuditRecord[] }
  | { readonly type: 'gap' }
  | { readonly type: 'break'; readonly sequence: number };

export function continueChain(end: ChainEnd, records: readonly AuditRecord[]): Continuation {
  const [first] = records;
  if (first === undefined) return { type: 'append', records };
  if (first.sequence > end.sequence + 1) return { type: 'gap' };
  let before: ChainEnd | null = null;
  for (const record of records) {
    const follows = before === null || (record.sequence === before.sequence + 1 && record.previous === before.hash);
    const isKnownEnd = record.sequence === end.sequence;
    const isNext = record.sequence === end.sequence + 1;
    const fits = (!isKnownEnd || record.hash === end.hash) && (!isNext || record.previous === end.hash);
    if (!follows || !fits || recordHash(record) !== record.hash) return { type: 'break', sequence: record.sequence };
    before = record;
  }
  return { type: 'append', records: records.filter(({ sequence }) => sequence > end.sequence) };
}
