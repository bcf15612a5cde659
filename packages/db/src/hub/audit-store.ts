import type { SpaceId } from '@jzse/sync';
import { closeDatabase, type HubDatabase, openDatabase } from './open-database.ts';

/** A record as it is kept; `detail` is JSON text. */
export interface AuditStoreRow {
  readonly writer: string;
  readonly sequence: number;
  readonly previous: string;
  readonly hash: string;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly space: SpaceId | null;
  readonly target: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly result: string;
  readonly detail: string;
}
export interface AuditChain {
  readonly sequence: number;
  readonly hash: string;
}
export interface AuditSearch {
  readonly afterId: number | null;
  readonly beforeId: number | null;
  readonly limit: number;
  readonly actor: string | null;
  readonly action: string | null;
  readonly space: string | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** Chains of records; added to and never changed. */
export interface AuditStore {
  chain(writer: string): Promise<AuditChain | null>;
  /** The rows go on where the chain ended (null: they begin it), in order. False: it ends elsewhere by now, and nothing was added. */
  append(rows: readonly AuditStoreRow[], end: AuditChain | null, nowMs: number): Promise<boolean>;
  find(search: AuditSearch): Promise<readonly (AuditStoreRow & { readonly id: number })[]>;
  /** All that have records, or had. */
  writers(): Promise<readonly string[]>;
  /** Of one chain in its order, also what stands there twice: from the first after that sequence and id. */
  read(writer: string, after: { readonly sequence: number; readonly id: number }, limit: number): Promise<ReturnedRows>;
  close(): Promise<void>;
}
type ReturnedRows = readonly (AuditStoreRow & { readonly id: number })[];

const poolMax = 2;
/** Clocks of regions are not further ahead than this, or their records are found by other filters. */
const clockAheadMs = 24 * 3_600_000;

/** On the same database as the hub's metadata. */
export async function openAuditStore({ databaseUrl }: { readonly databaseUrl: string }): Promise<AuditStore> {
  const pools = await openDatabase({ databaseUrl, poolMax });
  const { durable } = pools;
  return { ...appending(durable), ...reading(durable), close: () => closeDatabase(pools) };
}

function appending(database: HubDatabase): Pick<AuditStore, 'chain' | 'append'> {
  return {
    chain: async (writer) => {
      const [row] = await database<AuditChain[]>`SELECT sequence, hash FROM audit_chain WHERE writer = ${writer}`;
      return row ?? null;
    },
    append: async (rows, end, nowMs) => {
      const [first] = rows;
      const last = rows.at(-1);
      if (first === undefined || last === undefined) return true;
      const text = (field: keyof AuditStoreRow) => rows.map((row) => row[field] as string | null);
      const inserted = await database`
        WITH chain AS (
          INSERT INTO audit_chain (writer, sequence, hash) VALUES (${first.writer}, ${last.sequence}, ${last.hash})
          ON CONFLICT (writer) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash
          WHERE audit_chain.sequence = ${end?.sequence ?? -1} AND audit_chain.hash = ${end?.hash ?? ''}
          RETURNING writer
        ), head AS (
          UPDATE audit_head SET id = id + ${rows.length}::bigint WHERE EXISTS (SELECT FROM chain)
          RETURNING id - ${rows.length}::bigint AS before
        )
        INSERT INTO audit (id, writer, sequence, previous, hash, at_ms, received_ms, actor, action, space, target, address, request_id, result, detail)
        SELECT before + at, ${first.writer}, sequence, previous, hash, at_ms, ${nowMs}::bigint, actor, action, space, target, address, request_id, result, detail
        FROM head CROSS JOIN unnest(
          ${rows.map(({ sequence }) => sequence)}::bigint[], ${text('previous')}::text[], ${text('hash')}::text[],
          ${rows.map(({ atMs }) => atMs)}::bigint[], ${text('actor')}::text[], ${text('action')}::text[], ${text('space')}::text[],
          ${text('target')}::text[], ${text('address')}::text[], ${text('requestId')}::text[], ${text('result')}::text[], ${text('detail')}::text[]
        ) WITH ORDINALITY AS new(sequence, previous, hash, at_ms, actor, action, space, target, address, request_id, result, detail, at)`;
      return inserted.count === rows.length;
    },
  };
}

function reading(database: HubDatabase): Pick<AuditStore, 'find' | 'writers' | 'read'> {
  const columns = database`id, writer, sequence, previous, hash, at_ms AS "atMs", actor, action, space, target, address,
    request_id AS "requestId", result, detail`;
  /** Since nothing comes in before it was done, older ids need not be looked at. */
  const firstIdFrom = async (fromMs: number): Promise<number> => {
    const [row] = await database<{ readonly id: number }[]>`
      SELECT id FROM audit WHERE received_ms >= ${fromMs - clockAheadMs} ORDER BY received_ms, id LIMIT 1`;
    return row?.id ?? Number.MAX_SAFE_INTEGER;
  };
  return {
    find: async ({ afterId, beforeId, limit, actor, action, space, fromMs, toMs }) => {
      const from = fromMs === null ? 0 : await firstIdFrom(fromMs);
      const nothing = database``;
      return database<(AuditStoreRow & { readonly id: number })[]>`
        SELECT ${columns} FROM audit WHERE id >= ${Math.max(from, (afterId ?? -1) + 1)}
          ${beforeId === null ? nothing : database`AND id < ${beforeId}`}
          ${actor === null ? nothing : database`AND actor = ${actor}`}
          ${action === null ? nothing : database`AND action = ${action}`}
          ${space === null ? nothing : database`AND space = ${space}`}
          ${fromMs === null ? nothing : database`AND at_ms >= ${fromMs}`}
          ${toMs === null ? nothing : database`AND at_ms <= ${toMs}`}
        ORDER BY id ${beforeId === null ? nothing : database`DESC`} LIMIT ${limit}`;
    },
    writers: async () => {
      const rows = await database<{ readonly writer: string }[]>`
        WITH RECURSIVE found AS (
          (SELECT writer FROM audit ORDER BY writer LIMIT 1)
          UNION ALL
          SELECT (SELECT writer FROM audit WHERE audit.writer > found.writer ORDER BY writer LIMIT 1) FROM found WHERE found.writer IS NOT NULL
        )
        SELECT writer FROM found WHERE writer IS NOT NULL UNION SELECT writer FROM audit_chain ORDER BY writer`;
      return rows.map(({ writer }) => writer);
    },
    read: (writer, after, limit) => database<(AuditStoreRow & { readonly id: number })[]>`
      SELECT ${columns} FROM audit WHERE writer = ${writer} AND (sequence, id) > (${after.sequence}, ${after.id})
      ORDER BY sequence, id LIMIT ${limit}`,
  };
}
