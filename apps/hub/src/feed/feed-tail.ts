import type { FeedPosition, FeedRow, SpaceId } from '@jzse/sync';
import { sameDot } from '@jzse/sync';
import { feedRowBytes } from './feed-row-bytes.ts';

/** Bytes of all rows that are kept, about. */
export const tailBytesMax = 24 * 1024 * 1024;

/**
 * The rows that were appended last, as they were appended: what one region pushes, the others pull at once, and reading
 * it back from the database for each would cost more than everything else. Never the only source: it may know nothing.
 */
export interface FeedTail {
  append(space: SpaceId, rows: readonly FeedRow[]): void;
  /** Rows that follow on the position without a gap, at most `limit`; none if it does not reach back so far. */
  after(space: SpaceId, position: FeedPosition, limit: number): readonly FeedRow[];
  /** The log went back: what is kept of it may be of its former life. */
  forget(space: SpaceId): void;
}

interface Tail {
  rows: FeedRow[];
  bytes: number;
}

export function createFeedTail(bytesMax: number = tailBytesMax): FeedTail {
  /** The one appended to last is last. */
  const tails = new Map<SpaceId, Tail>();
  let bytes = 0;

  const drop = (space: SpaceId, tail: Tail): void => {
    tails.delete(space);
    bytes -= tail.bytes;
  };
  return {
    append: (space, rows) => {
      const [first] = rows;
      let known = tails.get(space);
      if (known !== undefined && differs(known, rows)) {
        drop(space, known);
        known = undefined;
      }
      if (first === undefined || (known !== undefined && isOld(known, rows))) return;
      if (known !== undefined) drop(space, known);
      const tail = halved(
        known !== undefined && follows(known, first) ? joined(known, rows) : joined({ rows: [], bytes: 0 }, rows),
        bytesMax / 2,
      );
      tails.set(space, tail);
      bytes += tail.bytes;
      for (const [other, oldest] of tails) {
        if (bytes <= bytesMax) break;
        drop(other, oldest);
      }
    },
    after: (space, position, limit) => {
      const { rows } = tails.get(space) ?? { rows: [] };
      const [first] = rows;
      if (first === undefined || first.position.epoch !== position.epoch || position.sequence < first.position.sequence - 1) return [];
      const from = position.sequence - first.position.sequence + 1;
      return rows.slice(from, from + limit);
    },
    forget: (space) => {
      const tail = tails.get(space);
      if (tail !== undefined) drop(space, tail);
    },
  };
}

const lastPosition = (rows: readonly FeedRow[]): FeedPosition => rows.at(-1)?.position ?? { epoch: 0, sequence: 0 };

/** Two pushes may be answered in another order than they were appended in. */
function isOld(known: Tail, rows: readonly FeedRow[]): boolean {
  const [have, offered] = [lastPosition(known.rows), lastPosition(rows)];
  return have.epoch > offered.epoch || (have.epoch === offered.epoch && have.sequence >= offered.sequence);
}

/** Another row stands where one of these was: the database was restored under us (SY10). */
function differs(known: Tail, rows: readonly FeedRow[]): boolean {
  const [offered] = rows;
  const from = known.rows[0]?.position.sequence;
  if (offered === undefined || from === undefined) return false;
  const kept = known.rows[offered.position.sequence - from];
  return kept !== undefined && kept.position.epoch === offered.position.epoch && !sameDot(kept.operation.dot, offered.operation.dot);
}

function follows(known: Tail, first: FeedRow): boolean {
  const { epoch, sequence } = lastPosition(known.rows);
  return first.position.epoch === epoch && first.position.sequence === sequence + 1;
}

/** In place: a small push must not copy what is kept. */
function joined(known: Tail, rows: readonly FeedRow[]): Tail {
  for (const row of rows) known.rows.push(row);
  return { rows: known.rows, bytes: known.bytes + bytesOf(rows) };
}

/** Half of what is too much goes at once, so that not every append has to cut. */
function halved(tail: Tail, bytesMax: number): Tail {
  let { rows, bytes } = tail;
  while (bytes > bytesMax && rows.length > 0) {
    const half = Math.ceil(rows.length / 2);
    bytes -= bytesOf(rows.slice(0, half));
    rows = rows.slice(half);
  }
  return { rows, bytes };
}

const bytesOf = (rows: readonly FeedRow[]): number => rows.reduce((sum, row) => sum + feedRowBytes(row), 0);
