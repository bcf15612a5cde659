import type { EntryId, Operation, RegionId, SpaceId } from '@jzse/sync';
import { nameKey, rootId } from '@jzse/sync';
import type { AppliedBatch } from './apply-batch.ts';
import type { HubTransaction } from './open-database.ts';
import { planTransfers } from './plan-transfers.ts';

export interface BatchToWrite {
  readonly space: SpaceId;
  /** The region that pushed. */
  readonly region: RegionId;
  readonly applied: AppliedBatch;
  readonly nowMs: number;
}

/** Everything that a batch changes: one statement a table, all in one round trip, in this order: planning reads contents and holdings. */
export async function writeBatch(transaction: HubTransaction, batch: BatchToWrite): Promise<void> {
  await Promise.all([
    moveHead(transaction, batch),
    acknowledge(transaction, batch),
    appendFeed(transaction, batch),
    putEntries(transaction, batch),
    putAliases(transaction, batch),
    putVersions(transaction, batch),
    putContents(transaction, batch),
    putHoldings(transaction, batch),
    planTransfers(transaction, batch.space, { contents: contentsOf(batch), nowMs: batch.nowMs }),
  ]);
}

/** JSON has no line break of its own: so many a text goes as one, which neither side has to quote. */
const lines = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join('\n');

async function moveHead(transaction: HubTransaction, { space, applied }: BatchToWrite): Promise<void> {
  const sequence = applied.rows.at(-1)?.position.sequence ?? 0;
  await transaction`UPDATE space SET sequence = ${sequence} WHERE id = ${space}`;
}

async function acknowledge(transaction: HubTransaction, { space, applied }: BatchToWrite): Promise<void> {
  const counters = new Map<string, number>(applied.rows.map(({ operation: { dot } }) => [dot.replica, dot.counter]));
  await transaction`
    INSERT INTO acknowledged (space, replica, counter)
    SELECT ${space}, * FROM unnest(${[...counters.keys()]}::text[], ${[...counters.values()]}::bigint[])
    ON CONFLICT (space, replica) DO UPDATE SET counter = excluded.counter`;
}

async function appendFeed(transaction: HubTransaction, { space, applied: { rows } }: BatchToWrite): Promise<void> {
  await transaction`
    INSERT INTO feed (space, sequence, row)
    SELECT ${space}, * FROM unnest(${rows.map((row) => row.position.sequence)}::bigint[], string_to_array(${lines(rows)}, chr(10)))`;
}

async function putEntries(transaction: HubTransaction, { space, applied }: BatchToWrite): Promise<void> {
  const entries = [...applied.entries.values()];
  if (entries.length === 0) return;
  await transaction`
    INSERT INTO entry (space, id, parent_id, name_key, live, state)
    SELECT ${space}, id, parent_id, name_key, live = 1, state FROM unnest(
      ${entries.map((entry) => entry.id)}::text[],
      ${entries.map((entry) => entry.parentId ?? rootId)}::text[],
      ${entries.map((entry) => nameKey(entry.name))}::text[],
      ${entries.map((entry) => (entry.deleted === null ? 1 : 0))}::integer[],
      string_to_array(${lines(entries)}, chr(10))) AS new(id, parent_id, name_key, live, state)
    ON CONFLICT (space, id) DO UPDATE
    SET parent_id = excluded.parent_id, name_key = excluded.name_key, live = excluded.live, state = excluded.state`;
}

async function putAliases(transaction: HubTransaction, { space, applied: { aliases } }: BatchToWrite): Promise<void> {
  if (aliases.size === 0) return;
  await transaction`
    INSERT INTO alias (space, from_id, to_id)
    SELECT ${space}, * FROM unnest(${[...aliases.keys()]}::text[], ${[...aliases.values()]}::text[])
    ON CONFLICT (space, from_id) DO UPDATE SET to_id = excluded.to_id`;
}

async function putVersions(transaction: HubTransaction, { space, applied }: BatchToWrite): Promise<void> {
  const versions = [...applied.versions.entries()];
  if (versions.length === 0) return;
  await transaction`
    INSERT INTO version (space, dot, entry_id, wall_ms, logical, state)
    SELECT ${space}, * FROM unnest(
      ${versions.map(([dot]) => dot)}::text[],
      ${versions.map(([, { entryId }]): EntryId => entryId)}::text[],
      ${versions.map(([, { version }]) => version.stamp.wallMs)}::bigint[],
      ${versions.map(([, { version }]) => version.stamp.logical)}::integer[],
      string_to_array(${lines(versions.map(([, { version }]) => version))}, chr(10)))
    ON CONFLICT (space, dot) DO UPDATE
    SET entry_id = excluded.entry_id, wall_ms = excluded.wall_ms, logical = excluded.logical, state = excluded.state`;
}

async function putContents(transaction: HubTransaction, batch: BatchToWrite): Promise<void> {
  const contents = contentsOf(batch);
  if (contents.length === 0) return;
  await transaction`
    INSERT INTO content (space, hash, size, manifest)
    SELECT ${batch.space}, * FROM unnest(
      ${contents.map(({ hash }) => hash)}::text[],
      ${contents.map(({ size }) => size)}::bigint[],
      ${contents.map(({ manifest }) => manifest)}::text[])
    ON CONFLICT DO NOTHING`;
}

async function putHoldings(transaction: HubTransaction, batch: BatchToWrite): Promise<void> {
  const hashes = [...new Set(batch.applied.rows.flatMap(({ operation }) => hashHeldByAuthor(operation, batch.region)))].sort();
  if (hashes.length === 0) return;
  await transaction`
    INSERT INTO holding (space, hash, region)
    SELECT ${batch.space}, hash, ${batch.region} FROM unnest(${hashes}::text[]) AS held(hash)
    ON CONFLICT DO NOTHING`;
}

/**
 * A region has the bytes that it wrote itself. Not so those that it hands on for another (SY10), nor a version that it
 * brings back or settles a conflict with: these it may know by name only.
 */
function hashHeldByAuthor(operation: Operation, pusher: RegionId): string[] {
  const isOwn = operation.dot.replica.split(':')[0] === pusher;
  const bringsBytes = (operation.type === 'create' && operation.kind === 'file') || operation.type === 'write';
  return isOwn && bringsBytes ? [operation.content.hash] : [];
}

/** Each once, by hash: all who write holdings and transfers go in this order, so none waits for one that waits for it. */
function contentsOf({ applied }: BatchToWrite) {
  const contents = new Map([...applied.versions.values()].map(({ version }) => [version.content.hash, version.content]));
  return [...contents.values()].sort((left, right) => (left.hash < right.hash ? -1 : 1));
}
