import type { Content, EntryId, FeedRow, Operation, RegionId } from '@jzse/sync';
import { clampStamp, dotKey, sameDot } from '@jzse/sync';
import type { AppliedBatch } from '../hub/apply-batch.ts';
import { applyBatch } from '../hub/apply-batch.ts';
import { refuseReused } from '../hub/counter-reused.ts';
import type { BatchSums } from '../hub/digest-batch.ts';
import { digestBatch } from '../hub/digest-batch.ts';
import { EpochMismatch } from '../hub/epoch-mismatch.ts';
import type { HubStore } from '../hub/hub-store.ts';
import type { Forgotten } from '../hub/load-forgotten.ts';
import { LogDiffers } from '../hub/log-differs.ts';
import { priorityOf } from '../hub/transfer-priority.ts';
import type { MemoryHubState, SpaceState } from './memory-hub-state.ts';
import { entryOf, spaceOf } from './memory-hub-state.ts';
import { memoryTree } from './memory-hub-tree.ts';
import { holdingKey, transferKey } from './memory-hub-work.ts';

type Push = Parameters<HubStore['integrate']>[0];
interface Batch {
  readonly push: Push;
  readonly space: SpaceState;
  readonly applied: AppliedBatch;
  readonly forgotten: Forgotten;
  readonly sums: BatchSums;
}

/** A stamp may be this much ahead of the hub (SY9), as in the database's store. */
const aheadMsMax = 60_000;

/** The same functions as on Postgres, over maps; begun again if the log moved meanwhile. */
export function memoryIntegrate(state: MemoryHubState): HubStore['integrate'] {
  return async (push) => {
    const space = spaceOf(state, push.space);
    for (;;) {
      if (space.epoch !== push.epoch) throw new EpochMismatch(push.space, { offered: push.epoch, current: space.epoch });
      checkCursor(push, space);
      const { epoch, sequence, forks } = space;
      await refuseReused(push, space.acknowledged, memoryOperationsUnder(state));
      if (space.epoch !== epoch || space.sequence !== sequence) continue;
      const { fresh, acknowledged } = takeInOrder(push.operations, space.acknowledged);
      const head = { epoch, sequence: sequence + fresh.length };
      if (fresh.length === 0) return { acknowledged, head, rows: [], skewMs: null };
      const operations = fresh.map((operation) => ({ ...operation, stamp: clampStamp(operation.stamp, push.nowMs, aheadMsMax) }));
      const tree = memoryTree(space);
      const applied = await applyBatch({ tree, load: async () => undefined }, operations, { epoch, lastSequence: sequence, forks });
      if (space.epoch !== epoch || space.sequence !== sequence) continue;
      const forgotten = forgottenOf(space, applied);
      const sums = digestBatch(tree, space.sums, { applied, forgotten });
      const rows = applied.rows.map((row, at) => (at === applied.rows.length - 1 ? { ...row, digest: sums.digest } : row));
      writeBatch(state, { push, space, applied: { ...applied, rows }, forgotten, sums });
      return { acknowledged, head, rows, skewMs: skewOf(push, fresh) };
    }
  };
}

function checkCursor({ space: id, cursor }: Push, space: SpaceState): void {
  if (cursor === undefined) return;
  const ours = rowAt(space, cursor.sequence)?.operation.dot;
  const isOther = cursor.dot !== null && ours !== undefined && !sameDot(ours, cursor.dot);
  if (isOther || cursor.sequence > space.sequence) throw new LogDiffers(id, cursor.sequence);
}

export const rowAt = (space: SpaceState, sequence: number): FeedRow | undefined => space.feed[sequence - space.floor - 1]?.row;

export const memoryOperationsUnder =
  (state: MemoryHubState): HubStore['operationsUnder'] =>
  async (id, replica, counters) => {
    const { feed } = spaceOf(state, id);
    const find = (counter: number) => feed.find(({ row }) => sameDot(row.operation.dot, { replica, counter }))?.row.operation;
    return counters.map((counter) => find(counter) ?? null);
  };

function skewOf({ region, nowMs }: Push, fresh: readonly Operation[]): number | null {
  const own = fresh.filter(({ dot }) => dot.replica.split(':')[0] === region);
  const aheadMs = own.reduce((most, { stamp }) => Math.max(most, stamp.wallMs - nowMs), 0);
  return aheadMs > aheadMsMax ? aheadMs : null;
}

function takeInOrder(offered: readonly Operation[], last: ReadonlyMap<string, number>) {
  const counters = new Map(last);
  const fresh: Operation[] = [];
  for (const [at, operation] of offered.entries()) {
    const { replica, counter } = operation.dot;
    const known = counters.get(replica) ?? 0;
    if (counter > known + 1) return { fresh, acknowledged: at };
    if (counter <= known) continue;
    counters.set(replica, counter);
    fresh.push(operation);
  }
  return { fresh, acknowledged: offered.length };
}

function forgottenOf(space: SpaceState, { forgotten }: AppliedBatch): Forgotten {
  return {
    aliases: [...space.aliases].filter(([, to]) => forgotten.entries.has(to)).map(([from, to]) => ({ from, to })),
    versions: [...forgotten.versions].map((dot) => space.versions.get(dot)).filter((made) => made !== undefined),
  };
}

function writeBatch(state: MemoryHubState, batch: Batch): void {
  const { push, space, applied, sums } = batch;
  const atMs = Math.max(space.atMs, push.nowMs);
  dropMerges(state, batch);
  writeEntries(batch, atMs);
  writeOther(batch);
  space.sequence += applied.rows.length;
  space.atMs = atMs;
  space.sums = { root: sums.root, aliases: sums.aliases, versions: sums.versions };
  for (const { operation } of applied.rows) space.acknowledged.set(operation.dot.replica, operation.dot.counter);
  for (const [at, row] of applied.rows.entries()) space.feed.push({ row, atMs, endsBatch: at === applied.rows.length - 1 });
  space.former.push(...applied.former);
  dropContents(state, batch);
  writeContents(state, batch);
}

function writeEntries({ space, applied, sums }: Batch, atMs: number): void {
  const made = new Map<EntryId, number>();
  for (const { entryId } of applied.versions.values()) made.set(entryId, (made.get(entryId) ?? 0) + 1);
  for (const [id, entry] of applied.entries) {
    const before = space.entries.get(id);
    if (entry === null) {
      space.entries.delete(id);
      continue;
    }
    const goneSequence = entry.deleted === null ? null : (entry.deleted.position?.sequence ?? 0);
    const wasGone = before?.entry.deleted?.position?.sequence ?? null;
    const goneMs = goneSequence === null ? null : wasGone === goneSequence ? (before?.goneMs ?? atMs) : atMs;
    const had = before === undefined ? 0 : before.entry.heads.length + before.entry.trash.length;
    const count = made.get(id) ?? 0;
    const hasHistory = (before?.hasHistory ?? false) || (count > 0 && had + count > 1);
    space.entries.set(id, { entry, childSum: sums.folders.get(id) ?? before?.childSum ?? 0n, goneMs, hasHistory });
  }
  for (const [id, childSum] of sums.folders) {
    const kept = space.entries.get(id);
    if (kept !== undefined) space.entries.set(id, { ...kept, childSum });
  }
}

function writeOther({ space, applied, forgotten }: Batch): void {
  for (const { from } of forgotten.aliases) space.aliases.delete(from);
  for (const { version } of forgotten.versions) space.versions.delete(dotKey(version.dot));
  for (const [from, to] of applied.aliases) space.aliases.set(from, to);
  for (const [dot, made] of applied.versions) space.versions.set(dot, made);
}

/** Contents named for the first time, who holds them, and who has to fetch them. */
function writeContents(state: MemoryHubState, { push, space, applied }: Batch): void {
  const brought = new Set(applied.rows.flatMap(({ operation }) => hashBroughtBy(operation, push.region)));
  const contents = new Map([...applied.versions.values()].map(({ version }) => [version.content.hash, version.content]));
  for (const content of contents.values()) {
    if (!space.contents.has(content.hash)) space.contents.set(content.hash, content);
    const key = holdingKey(push.space, content.hash);
    const holding = state.holdings.get(key) ?? new Set();
    if (brought.has(content.hash)) state.holdings.set(key, holding.add(push.region));
    for (const region of state.regions.keys()) if (!holding.has(region)) planTransfer(state, push, { region, content });
  }
}

function planTransfer(state: MemoryHubState, push: Push, { region, content }: { readonly region: RegionId; readonly content: Content }) {
  const key = transferKey(region, push.space, content.hash);
  if (state.transfers.has(key)) return;
  const planned = { region, space: push.space, hash: content.hash, priority: priorityOf(content) };
  state.transfers.set(key, { ...planned, dueMs: push.nowMs, leaseUntilMs: 0, failures: 0 });
}

function hashBroughtBy(operation: Operation, pusher: RegionId): string[] {
  const isOwn = operation.dot.replica.split(':')[0] === pusher;
  const bringsBytes = (operation.type === 'create' && operation.kind === 'file') || operation.type === 'write';
  return isOwn && bringsBytes ? [operation.content.hash] : [];
}

/** What no version names any more is held by nobody and fetched by nobody. */
function dropContents(state: MemoryHubState, { push, space, forgotten }: Batch): void {
  const named = new Set([...space.versions.values()].map(({ version }) => version.content.hash));
  for (const { version } of forgotten.versions) {
    const { hash } = version.content;
    if (named.has(hash)) continue;
    space.contents.delete(hash);
    state.holdings.delete(holdingKey(push.space, hash));
    for (const region of state.regions.keys()) state.transfers.delete(transferKey(region, push.space, hash));
  }
}

/** Called before entries are written. */
function dropMerges(state: MemoryHubState, { push, space, applied }: Batch): void {
  for (const [id, after] of applied.entries) {
    const before = entryOf(space, id)?.heads.length ?? 0;
    if (before > 1 && (after?.heads.length ?? 0) < 2) state.merges.delete(`${push.space}/${id}`);
  }
}
