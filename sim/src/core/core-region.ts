import type { Clock, FeedRow, Forks, Operation, ReplicaId } from '@jzse/sync';
import { dotKey, mergeClock, regionId, replicaId, sameDot } from '@jzse/sync';
import { chainAfter } from './chain-after.ts';
import type { CoreHub } from './core-hub.ts';
import { CoreTree } from './core-tree.ts';
import type { Answer, CoreRow, Cursor, LogDiffers, Rows, Snapshot } from './messages.ts';
import type { Mutation } from './mutations.ts';
import { applyMutated } from './mutations.ts';
import { digestOf } from './tree-sums.ts';

export interface RegionDeps {
  readonly hub: CoreHub;
  readonly mutation: Mutation | null;
  readonly withDigests: boolean;
  /** True now and then: the process ends in the middle of applying. */
  readonly crashes: () => boolean;
}

/** Everything on the region's disk. */
interface Disk {
  confirmed: CoreTree;
  cursor: Cursor;
  forks: Forks;
  /** The highest counter of each replica in the confirmed state. */
  seen: Map<ReplicaId, number>;
  /** Own operations that the hub has not confirmed, and before them others that it lost. */
  outbox: Operation[];
  /** Feed rows after the safe position, without a gap up to the cursor. */
  kept: CoreRow[];
  clock: Clock;
}

/** A region as a value: confirmed tree, outbox, and the shown tree that the two give. */
export class CoreRegion {
  readonly index: number;
  readonly #deps: RegionDeps;
  life = 1;
  counter = 0;
  /** Went back to an older disk: what that lacked is nobody's promise. */
  restored = false;
  offlineSteps = 0;
  disk: Disk;
  #shown: CoreTree | null = null;
  #backup: { readonly disk: Disk; readonly counter: number } | null = null;

  constructor(index: number, deps: RegionDeps) {
    this.index = index;
    this.#deps = deps;
    this.disk = emptyDisk(deps.withDigests);
  }

  get replica(): ReplicaId {
    return replicaId(regionId(`r${this.index}`), this.life);
  }

  /** Outstanding operations on top of what the hub confirmed. */
  shown(): CoreTree {
    if (this.#shown !== null) return this.#shown;
    const tree = this.disk.confirmed.copyToShow();
    for (const operation of this.disk.outbox) tree.apply(this.#effects(tree, operation));
    this.#shown = tree;
    return tree;
  }

  commit(operation: Operation): void {
    const shown = this.shown();
    this.counter = operation.dot.counter;
    this.disk.outbox.push(operation);
    this.disk.clock = operation.stamp;
    shown.apply(this.#effects(shown, operation));
  }

  receive(answer: Answer): void {
    if (answer.type === 'rows') this.#receiveRows(answer);
    else if (answer.type === 'snapshot') this.#receiveSnapshot(answer);
    else this.#raiseEpoch(answer);
  }

  #effects(tree: CoreTree, operation: Operation) {
    return applyMutated(this.#deps.mutation, { tree, place: { position: null, forks: this.disk.forks } }, operation);
  }

  /** An answer counts if it goes on from what this region has: it begins there, or holds that very row. */
  #receiveRows({ after, rows, forks, safe }: Rows): void {
    const { disk } = this;
    if (after.epoch !== disk.cursor.epoch || after.sequence > disk.cursor.sequence) return;
    const overlap = disk.cursor.sequence - after.sequence;
    const own = overlap === 0 ? after : { ...rows[overlap - 1], dot: rows[overlap - 1]?.operation.dot ?? null };
    if (this.#isBlind() ? !isSame(own.dot, disk.cursor.dot) : own.chain !== disk.cursor.chain) return;
    const fresh = rows.slice(overlap);
    this.#shown = null;
    const last = fresh.at(-1);
    if (last !== undefined && this.#deps.mutation === 'cursor-ahead' && this.#deps.crashes()) {
      disk.cursor = { ...last.position, dot: last.operation.dot, chain: last.chain };
      return;
    }
    for (const row of fresh) this.#applyRow(row);
    disk.forks = forks;
    if (last !== undefined) this.#compareDigest(last);
    disk.kept = disk.kept.filter((row) => row.position.sequence > safe);
  }

  #isBlind(): boolean {
    return this.#deps.mutation === 'cursor-unchecked' || this.#deps.mutation === 'beginning-unchecked';
  }

  #applyRow(row: CoreRow): void {
    const { disk } = this;
    const { dot, stamp } = row.operation;
    disk.confirmed.apply(row.effects);
    disk.cursor = { epoch: disk.cursor.epoch, sequence: row.position.sequence, dot, chain: chainAfter(disk.cursor.chain, dot) };
    disk.seen.set(dot.replica, dot.counter);
    disk.kept.push(row);
    disk.clock = mergeClock(disk.clock, stamp);
    disk.outbox = disk.outbox.filter((operation) => !sameDot(operation.dot, dot));
  }

  #compareDigest(row: FeedRow): void {
    const { sums } = this.disk.confirmed;
    if (sums !== null && row.digest !== undefined && digestOf(sums) !== row.digest)
      throw new Error(`region ${this.index} has another state than the hub at ${row.position.sequence}`);
  }

  /** In another epoch, what this region holds and the hub lost goes before the outbox, in the old order (SY10). */
  #receiveSnapshot(snapshot: Snapshot): void {
    const { disk } = this;
    const { cursor, acknowledged } = snapshot;
    if (cursor.epoch < disk.cursor.epoch || (cursor.epoch === disk.cursor.epoch && cursor.sequence < disk.cursor.sequence)) return;
    const isKnown = ({ dot }: Operation): boolean => dot.counter <= (acknowledged.get(dot.replica) ?? 0);
    const lost = disk.kept.map((row) => row.operation).filter((operation) => !isKnown(operation));
    if (lost.length > 0 && cursor.epoch === disk.cursor.epoch) return this.#raiseEpoch({ type: 'log-differs', epoch: cursor.epoch });
    if (this.#deps.mutation !== 'no-tail' && !this.canFollow(acknowledged)) return;
    const waiting = new Set(disk.outbox.map((operation) => dotKey(operation.dot)));
    const offered = this.#deps.mutation === 'no-reoffer' ? [] : lost.filter((operation) => !waiting.has(dotKey(operation.dot)));
    disk.outbox = [...offered, ...disk.outbox].filter((operation) => !isKnown(operation));
    disk.confirmed = snapshot.tree.copy();
    disk.cursor = cursor;
    disk.forks = snapshot.forks;
    disk.seen = new Map(acknowledged);
    disk.kept = [...snapshot.tail];
    disk.clock = snapshot.tail.reduce((clock, row) => mergeClock(clock, row.operation.stamp), disk.clock);
    this.#shown = null;
  }

  /**
   * Whether this region can offer all that a log lacks and it has seen confirmed. If not, the log is that of another hub, or of a life
   * of it that is lost; the region refuses it.
   */
  canFollow(acknowledged: ReadonlyMap<ReplicaId, number>): boolean {
    const offered = new Map<ReplicaId, number>();
    for (const { operation } of this.disk.kept) {
      const { replica, counter } = operation.dot;
      if (counter > (acknowledged.get(replica) ?? 0)) offered.set(replica, (offered.get(replica) ?? 0) + 1);
    }
    for (const [replica, counter] of this.disk.seen)
      if (counter - (acknowledged.get(replica) ?? 0) > (offered.get(replica) ?? 0)) return false;
    return true;
  }

  /** Looks for the last row that both have, and has a new epoch begin after it. */
  #raiseEpoch({ epoch }: LogDiffers): void {
    const { disk } = this;
    if (epoch > disk.cursor.epoch) return;
    let keptUpTo = (disk.kept[0]?.position.sequence ?? disk.cursor.sequence + 1) - 1;
    for (const row of disk.kept) {
      if (this.#deps.hub.chainAt(row.position.sequence) !== row.chain) continue;
      keptUpTo = Math.max(keptUpTo, row.position.sequence);
    }
    this.#deps.hub.raiseEpoch(epoch, { epoch: disk.cursor.epoch, keptUpTo });
  }

  backUp(): void {
    this.#backup = { disk: copyDisk(this.disk), counter: this.counter };
  }

  /** The disk as it was at the backup; a new life, so that no counter is used twice. */
  restoreBackup(): boolean {
    if (this.#backup === null) return false;
    this.disk = copyDisk(this.#backup.disk);
    this.#shown = null;
    this.restored = true;
    if (this.#deps.mutation === 'counter-reused') this.counter = this.#backup.counter;
    else this.#nextLife();
    return true;
  }

  /** The disk is lost, with nothing on it that was not elsewhere too. */
  wipe(): void {
    const { clock } = this.disk;
    this.disk = { ...emptyDisk(this.#deps.withDigests), clock };
    this.#shown = null;
    this.#backup = null;
    this.#nextLife();
  }

  #nextLife(): void {
    this.life++;
    this.counter = 0;
  }
}

const isSame = (left: Cursor['dot'], right: Cursor['dot']): boolean =>
  left === null || right === null ? left === right : sameDot(left, right);

const emptyDisk = (withDigests: boolean): Disk => ({
  confirmed: withDigests ? CoreTree.withSums() : new CoreTree(),
  cursor: { epoch: 0, sequence: 0, dot: null, chain: 0 },
  forks: {},
  seen: new Map(),
  outbox: [],
  kept: [],
  clock: { wallMs: 0, logical: 0 },
});

const copyDisk = (disk: Disk): Disk => ({
  ...disk,
  confirmed: disk.confirmed.copy(),
  seen: new Map(disk.seen),
  outbox: [...disk.outbox],
  kept: [...disk.kept],
});
