import type { Forks, Operation } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import { textArray } from './array-texts.ts';
import type { SpaceSums } from './digest-batch.ts';
import type { HubStore } from './hub-store.ts';
import type { ChildRow, NamedRow } from './load-tree.ts';
import { selectChildren, selectNamed, takeChildren, takeNamed, wantedOf } from './load-tree.ts';
import type { LoadedTree } from './loaded-tree.ts';
import { LogDiffers } from './log-differs.ts';
import type { HubDatabase } from './open-database.ts';
import { textToSum } from './text-hash.ts';
import { needsOf } from './tree-needs.ts';
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
type Row =
  | { readonly kind: 'log'; readonly state: string }
  | ({ readonly kind: 'named' } & NamedRow)
  | ({ readonly kind: 'child' } & ChildRow);

/** The log, and of the same moment what its first operations will most likely read of the tree: what a push costs is most of all round trips. */
export async function readLog(
  database: HubDatabase,
  push: Push,
  { first, into }: { readonly first: readonly Operation[]; readonly into: LoadedTree },
): Promise<Log> {
  const { space } = push;
  const { named, children } = wantedOf(needsOf(first, { alias: into.peekAlias, entry: into.peekEntry }), into);
  const rows = await database<Row[]>`
    SELECT 'log' AS kind, NULL AS id, NULL AS "aliasOf", NULL::bigint AS at, ${logObject(database, push)}::text AS state, NULL AS sum, NULL::bigint AS made
    FROM space CROSS JOIN registry WHERE space.id = ${space}
    UNION ALL SELECT 'named', id, "aliasOf", NULL, state, sum, made FROM (${selectNamed(database, space, named)}) AS named
    UNION ALL SELECT 'child', NULL, NULL, at, state, sum, made FROM (${selectChildren(database, space, children)}) AS child`;
  const found = rows.find((row) => row.kind === 'log');
  if (found === undefined) throw new UnknownSpace(space);
  takeNamed(
    into,
    named,
    rows.filter((row) => row.kind === 'named'),
  );
  takeChildren(
    into,
    children,
    rows.filter((row) => row.kind === 'child'),
  );
  const log = JSON.parse(found.state) as LogRow;
  const sums = { root: textToSum(log.rootSum), aliases: textToSum(log.aliasSum), versions: textToSum(log.versionSum) };
  return { ...log, sums, forks: JSON.parse(log.forks) as Forks, counters: new Map(Object.entries(log.counters ?? {})) };
}

const logObject = (database: HubDatabase, { operations, cursor }: Push) => database`
  json_build_object(
    'epoch', epoch, 'sequence', sequence, 'atMs', at_ms, 'forks', forks, 'generation', registry.generation,
    'rootSum', root_sum, 'aliasSum', alias_sum, 'versionSum', version_sum, 'counters', (
      SELECT json_object_agg(replica, counter) FROM acknowledged
      WHERE acknowledged.space = space.id AND replica = ANY (${textArray([...new Set(operations.map(({ dot }) => dot.replica))])}::text[])
    ),
    'cursorDot', (SELECT dot FROM feed WHERE feed.space = space.id AND feed.sequence = ${cursor?.sequence ?? 0})
  )`;

export function checkCursor({ space, cursor }: Push, log: Log): void {
  if (cursor === undefined) return;
  const isOther = cursor.dot !== null && log.cursorDot !== null && log.cursorDot !== dotKey(cursor.dot);
  if (isOther || cursor.sequence > log.sequence) throw new LogDiffers(space, cursor.sequence);
}
