import type { Clock, Operation, ReplicaId } from '../src/index.ts';
import { applyOperation, regionId, replicaId, sameDot } from '../src/index.ts';
import { MemoryTree } from './memory-tree.ts';
import type { Rows, Snapshot } from './test-hub.ts';
import { isKnownBy } from './test-hub.ts';

interface RegionState {
  readonly confirmed: MemoryTree;
  readonly sequence: number;
  readonly epoch: number;
  readonly forks: Record<number, number>;
  readonly outbox: readonly Operation[];
  readonly acknowledged: readonly Operation[];
  readonly tail: readonly Operation[];
  readonly clock: Clock;
}

/** A region as a value: confirmed tree, outbox, and the shown tree that the two give. */
export class TestRegion {
  readonly index: number;
  replica: ReplicaId;
  life = 1;
  counter = 0;
  state: RegionState = {
    confirmed: new MemoryTree(),
    sequence: 0,
    epoch: 0,
    forks: {},
    outbox: [],
    acknowledged: [],
    tail: [],
    clock: { wallMs: 0, logical: 0 },
  };
  restored = false;
  offlineSteps = 0;
  #shown: MemoryTree | null = null;
  #backup: RegionState | null = null;

  constructor(index: number) {
    this.index = index;
    this.replica = this.#replicaOfLife();
  }

  /** Outstanding operations on top of what the hub confirmed. */
  shown(): MemoryTree {
    if (this.#shown !== null) return this.#shown;
    const tree = this.state.confirmed.clone();
    for (const operation of this.state.outbox) tree.apply(applyOperation(tree, operation, { position: null, forks: this.state.forks }));
    tree.check();
    this.#shown = tree;
    return tree;
  }

  commit(operation: Operation): void {
    this.counter = operation.dot.counter;
    this.#become({ ...this.state, outbox: [...this.state.outbox, operation], clock: operation.stamp });
    this.shown();
  }

  receive(message: Rows | Snapshot): void {
    if (message.type === 'snapshot') this.#receiveSnapshot(message);
    else this.#receiveRows(message);
  }

  #receiveSnapshot(snapshot: Snapshot): void {
    const { state } = this;
    if (snapshot.epoch < state.epoch || (snapshot.epoch === state.epoch && snapshot.sequence < state.sequence)) return;
    const known = (operation: Operation): boolean => isKnownBy(snapshot.acknowledged, operation.dot);
    const offered = snapshot.epoch === state.epoch ? [] : this.#lostByHub(known);
    const outbox = [...offered, ...state.outbox];
    this.#become({
      ...state,
      confirmed: snapshot.tree.clone(),
      sequence: snapshot.sequence,
      epoch: snapshot.epoch,
      forks: snapshot.forks,
      tail: snapshot.tail,
      acknowledged: [...state.acknowledged, ...outbox.filter(known)],
      outbox: outbox.filter((operation) => !known(operation)),
    });
  }

  /** Rows that the hub lost and this region still holds, in the old order (SY10). */
  #lostByHub(known: (operation: Operation) => boolean): Operation[] {
    const lost: Operation[] = [];
    for (const operation of [...this.state.tail, ...this.state.acknowledged]) {
      const isThere = [...lost, ...this.state.outbox].some((other) => sameDot(other.dot, operation.dot));
      if (!isThere && !known(operation)) lost.push(operation);
    }
    return lost;
  }

  #receiveRows(message: Rows): void {
    let { sequence, outbox, acknowledged, tail } = this.state;
    if (message.epoch !== this.state.epoch || message.after > sequence) return;
    const confirmed = this.state.confirmed.clone();
    for (const row of message.rows) {
      if (row.position.sequence <= sequence) continue;
      if (row.position.sequence !== sequence + 1) break;
      confirmed.apply(row.effects);
      sequence = row.position.sequence;
      tail = [...tail, row.operation];
      const own = outbox.filter((operation) => sameDot(operation.dot, row.operation.dot));
      acknowledged = [...acknowledged, ...own];
      outbox = outbox.filter((operation) => !own.includes(operation));
    }
    this.#become({ ...this.state, confirmed, sequence, forks: message.forks, outbox, acknowledged, tail });
  }

  backUp(): void {
    this.#backup = this.state;
  }

  /** The disk as it was at the backup; a new life, so that no counter is used twice. Answers what is lost with it. */
  restoreBackup(): readonly Operation[] {
    const backup = this.#backup;
    if (backup === null) return [];
    const kept = [...backup.outbox, ...backup.acknowledged];
    const lost = this.state.outbox.filter((operation) => !kept.some((other) => sameDot(other.dot, operation.dot)));
    this.#become(backup);
    this.life++;
    this.replica = this.#replicaOfLife();
    this.counter = 0;
    this.restored = true;
    return lost;
  }

  #become(state: RegionState): void {
    this.state = state;
    this.#shown = null;
  }

  #replicaOfLife(): ReplicaId {
    return replicaId(regionId(`r${this.index}`), this.life);
  }
}
