import type { Forks } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import { textArray } from './array-texts.ts';
import type { SpaceSums } from './digest-batch.ts';
import type { HubStore } from './hub-store.ts';
import { LogDiffers } from './log-differs.ts';
import type { HubDatabase } from './open-database.ts';
import { textToSum } from './text-hash.ts';
import { UnknownSpace } from './unknown-space.ts';

export type Push = Parameters<HubStore['integrate']>[0];

/** The end of a space's log as it was read, and what the batch's authors have in it. */
export interface Log {
  readonly epoch: number;
  readonly sequence: number;
  readonly atMs: number;
  readonly forks: Forks;
  readonly counters: ReadonlyMap<string, number>;
  readonly sums: SpaceSums;
  /** Of our row where the pusher's cursor is; null: we have none there, or no longer. */
  readonly cursorDot: string | null;
  /** Of the set of regions. */
  readonly generation: number;
}
interface LogRow extends Omit<Log, 'forks' | 'counters' | 'sums'> {
  readonly forks: string;
  readonly counters: Record<string, number> | null;
  readonly rootSum: string;
  readonly aliasSum: string;
  readonly versionSum: string;
}

export async function readLog(database: HubDatabase, { space, operations, cursor }: Push): Promise<Log> {
  const replicas = [...new Set(operations.map((operation) => operation.dot.replica))];
  const [row] = await database<LogRow[]>`
    SELECT epoch, sequence, at_ms AS "atMs", forks, registry.generation,
      root_sum AS "rootSum", alias_sum AS "aliasSum", version_sum AS "versionSum", (
        SELECT json_object_agg(replica, counter) FROM acknowledged
        WHERE acknowledged.space = space.id AND replica = ANY (${textArray(replicas)}::text[])
      ) AS counters,
      (SELECT dot FROM feed WHERE feed.space = space.id AND feed.sequence = ${cursor?.sequence ?? 0}) AS "cursorDot"
    FROM space CROSS JOIN registry WHERE id = ${space}`;
  if (row === undefined) throw new UnknownSpace(space);
  const sums = { root: textToSum(row.rootSum), aliases: textToSum(row.aliasSum), versions: textToSum(row.versionSum) };
  return { ...row, sums, forks: JSON.parse(row.forks) as Forks, counters: new Map(Object.entries(row.counters ?? {})) };
}

export function checkCursor({ space, cursor }: Push, log: Log): void {
  if (cursor === undefined) return;
  const isOther = cursor.dot !== null && log.cursorDot !== null && log.cursorDot !== dotKey(cursor.dot);
  if (isOther || cursor.sequence > log.sequence) throw new LogDiffers(space, cursor.sequence);
}
