import type { Dot, FeedRow, Operation, ReplicaId } from '../src/index.ts';
import { applyOperation, clampStamp } from '../src/index.ts';
import { MemoryTree } from './memory-tree.ts';

export interface Snapshot {
  readonly type: 'snapshot';
  readonly tree: MemoryTree;
  readonly sequence: number;
  readonly epoch: number;
  readonly forks: Record<number, number>;
  readonly acknowledged: ReadonlyMap<ReplicaId, number>;
  /** Rows after the safe position: what a hub that failed over may lack. */
  readonly tail: readonly Operation[];
}
export interface Rows {
  readonly type: 'rows';
  readonly rows: readonly FeedRow[];
  readonly after: number;
  readonly epoch: number;
  readonly forks: Record<number, number>;
}

/** The hub as a value: integrates, answers pulls, fails over to its checkpoint, drops old feed and tombstones. */
export class TestHub {
  tree = new MemoryTree();
  epoch = 0;
  sequence = 0;
  feed: FeedRow[] = [];
  /** Rows up to this sequence are gone. */
  floor = 0;
  forks: Record<number, number> = {};
  acknowledged = new Map<ReplicaId, number>();
  collected = false;
  #checkpoint = { tree: new MemoryTree(), sequence: 0, acknowledged: new Map<ReplicaId, number>() };

  /** Takes operations in counter order: a replay is dropped, a gap waits. A push of another epoch is refused. */
  integrate(push: { readonly epoch: number; readonly operations: readonly Operation[] }, nowMs: number): void {
    if (push.epoch !== this.epoch) return;
    for (const offered of push.operations) {
      const expected = (this.acknowledged.get(offered.dot.replica) ?? 0) + 1;
      if (offered.dot.counter < expected) continue;
      if (offered.dot.counter > expected) return;
      this.#append({ ...offered, stamp: clampStamp(offered.stamp, nowMs, 60_000) });
    }
  }

  #append(operation: Operation): void {
    const position = { epoch: this.epoch, sequence: ++this.sequence };
    const effects = applyOperation(this.tree, operation, { position, forks: this.forks });
    this.acknowledged.set(operation.dot.replica, operation.dot.counter);
    this.tree.apply(effects);
    this.tree.check();
    this.feed.push({ position, operation, effects });
  }

  answer(pull: { readonly epoch: number; readonly after: number }, limit: number): Rows | Snapshot {
    const { epoch, forks } = this;
    if (pull.epoch !== epoch || pull.after < this.floor) {
      const tail = this.feed.filter((row) => row.position.sequence > this.#checkpoint.sequence).map((row) => row.operation);
      return {
        type: 'snapshot',
        tree: this.tree.clone(),
        sequence: this.sequence,
        epoch,
        forks: { ...forks },
        acknowledged: new Map(this.acknowledged),
        tail,
      };
    }
    const start = pull.after - this.floor;
    return { type: 'rows', rows: this.feed.slice(start, start + limit), after: pull.after, epoch, forks: { ...forks } };
  }

  /** What copies and backups hold from here on: the safe position. */
  checkpoint(): void {
    this.#checkpoint = { tree: this.tree.clone(), sequence: this.sequence, acknowledged: new Map(this.acknowledged) };
  }

  /** To the copy that lagged; false if there is nothing to lose. */
  failOver(): boolean {
    const copy = this.#checkpoint;
    if (copy.sequence >= this.sequence || copy.sequence < this.floor) return false;
    this.forks = { ...this.forks, [this.epoch]: copy.sequence };
    this.epoch++;
    this.tree = copy.tree.clone();
    this.sequence = copy.sequence;
    this.acknowledged = new Map(copy.acknowledged);
    this.feed = this.feed.slice(0, copy.sequence - this.floor);
    return true;
  }

  collect(keepRows: number, dropTombstones: boolean): void {
    const cut = this.sequence - keepRows;
    if (cut <= this.floor) return;
    this.feed = this.feed.slice(cut - this.floor);
    this.floor = cut;
    if (dropTombstones) this.#dropTombstones(cut);
    if (this.#checkpoint.sequence < cut) this.checkpoint();
  }

  #dropTombstones(cut: number): void {
    for (const entry of [...this.tree.entries.values()]) {
      const position = entry.deleted?.position;
      if (position == null || position.sequence >= cut || this.tree.children(entry.id).length > 0) continue;
      this.tree.forget(entry.id);
      this.collected = true;
    }
  }
}

export const isKnownBy = (acknowledged: ReadonlyMap<ReplicaId, number>, dot: Dot): boolean =>
  dot.counter <= (acknowledged.get(dot.replica) ?? 0);
