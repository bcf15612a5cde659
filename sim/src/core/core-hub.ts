import type { Dot, EntryId, FeedRow, Forget, Forks, Operation, ReplicaId } from '@jzse/sync';
import { clampStamp, hubRegion, replicaId, rootId, sameDot } from '@jzse/sync';
import { chainAfter } from './chain-after.ts';
import { CoreTree } from './core-tree.ts';
import type { Answer, Chain, CoreRow, Cursor } from './messages.ts';
import type { Mutation } from './mutations.ts';
import { applyMutated } from './mutations.ts';
import type { SeededRandom } from './seeded-random.ts';
import { digestOf } from './tree-sums.ts';

const aheadMsMax = 60_000;

interface Copy {
  readonly tree: CoreTree;
  readonly sequence: number;
  readonly chain: Chain;
  readonly epoch: number;
  readonly forks: Forks;
  readonly acknowledged: ReadonlyMap<ReplicaId, number>;
  readonly cursors: ReadonlyMap<number, number>;
}
export interface HubDeps {
  readonly mutation: Mutation | null;
  readonly withDigests: boolean;
  /** Looks at each operation as it is taken, with the tree before it. */
  readonly watch: (row: FeedRow, before: CoreTree) => void;
}

/** The hub as a value: integrates, answers pulls, forgets, fails over to its copy, loses everything. */
export class CoreHub {
  readonly #deps: HubDeps;
  tree: CoreTree;
  epoch = 0;
  sequence = 0;
  feed: CoreRow[] = [];
  chain: Chain = 0;
  /** At `floor`. */
  #floorChain: Chain = 0;
  /** Rows up to this sequence are gone. */
  floor = 0;
  forks: Forks = {};
  acknowledged = new Map<ReplicaId, number>();
  /** What each region last said it had. */
  cursors = new Map<number, number>();
  #copy: Copy;
  /** One process of the hub; its own operations never use a counter of another one again. */
  #life = 1;
  #lastEpoch = 0;

  constructor(deps: HubDeps) {
    this.#deps = deps;
    this.tree = deps.withDigests ? CoreTree.withSums() : new CoreTree();
    this.#copy = this.#copyOf();
  }

  /** What copies and backups hold too. */
  get safe(): number {
    return this.#copy.sequence;
  }

  /** Takes operations in counter order: a replay is dropped, a gap waits. A push of another epoch or another log is refused. */
  integrate(push: { readonly cursor: Cursor; readonly operations: readonly Operation[] }, nowMs: number): void {
    if (this.#deps.mutation !== 'no-fence' && (push.cursor.epoch !== this.epoch || this.#differs(push.cursor))) return;
    for (const offered of push.operations) {
      const expected = (this.acknowledged.get(offered.dot.replica) ?? 0) + 1;
      if (offered.dot.counter < expected) continue;
      if (offered.dot.counter > expected) return;
      this.#append({ ...offered, stamp: clampStamp(offered.stamp, nowMs, aheadMsMax) });
    }
  }

  answer(region: number, cursor: Cursor, limit: number): Answer {
    if (cursor.epoch > this.epoch || (cursor.epoch === this.epoch && this.#differs(cursor)))
      return { type: 'log-differs', epoch: this.epoch };
    if (cursor.epoch !== this.epoch || cursor.sequence < this.floor) return this.#snapshot();
    this.cursors.set(region, cursor.sequence);
    const start = cursor.sequence - this.floor;
    const rows = this.feed.slice(start, start + limit);
    return { type: 'rows', after: cursor, rows, forks: this.forks, safe: this.safe };
  }

  /** What the log was up to a row, or null where the row is gone. */
  chainAt(sequence: number): Chain | null {
    return sequence === this.floor ? this.#floorChain : (this.feed[sequence - this.floor - 1]?.chain ?? null);
  }

  #dotAt(sequence: number): Dot | null {
    return this.feed[sequence - this.floor - 1]?.operation.dot ?? null;
  }

  /** Asked for by a region that holds rows which this log lacks; fenced by the hub's epoch, and above the region's own. */
  raiseEpoch(from: number, region: { readonly epoch: number; readonly keptUpTo: number }): void {
    if (from !== this.epoch) return;
    const last = Math.max(from, region.epoch);
    for (let epoch = from; epoch <= last; epoch++) this.forks = { ...this.forks, [epoch]: Math.min(region.keptUpTo, this.sequence) };
    this.epoch = this.#newEpoch(last);
  }

  /** Taken from a clock, so it is above every one that ever was, and no two lives give the same. */
  #newEpoch(above: number): number {
    this.#lastEpoch = Math.max(this.#lastEpoch, above) + 1;
    return this.#lastEpoch;
  }

  /** Copies and backups hold everything from here on back. */
  checkpoint(): void {
    this.#copy = this.#copyOf();
  }

  hasSomethingToLose(): boolean {
    return this.#copy.sequence < this.sequence;
  }

  /** To the copy that lagged. `knowsIt`: it starts a new epoch at once; else only a region can tell. */
  failOver(knowsIt: boolean): void {
    const copy = this.#copy;
    this.#life++;
    const { epoch } = this;
    this.tree = copy.tree.copy();
    this.sequence = copy.sequence;
    this.chain = copy.chain;
    this.acknowledged = new Map(copy.acknowledged);
    this.cursors = new Map(copy.cursors);
    this.forks = copy.forks;
    this.epoch = copy.epoch;
    this.feed = this.feed.slice(0, copy.sequence - this.floor);
    if (!knowsIt) return;
    this.forks = { ...copy.forks, [copy.epoch]: copy.sequence };
    for (let lost = copy.epoch + 1; lost <= epoch; lost++) this.forks = { ...this.forks, [lost]: copy.sequence };
    this.epoch = this.#newEpoch(epoch);
  }

  /** Everything is gone, copies too; what a region has confirmed becomes the log's new beginning. */
  rebuildFrom(seed: {
    readonly tree: CoreTree;
    readonly cursor: Cursor;
    readonly forks: Forks;
    readonly seen: ReadonlyMap<ReplicaId, number>;
  }): void {
    this.#life++;
    this.tree = seed.tree.copy();
    this.sequence = seed.cursor.sequence;
    this.chain = seed.cursor.chain;
    this.#floorChain = seed.cursor.chain;
    this.floor = seed.cursor.sequence;
    this.feed = [];
    this.acknowledged = new Map(seed.seen);
    this.cursors = new Map();
    this.forks = { ...seed.forks, [seed.cursor.epoch]: seed.cursor.sequence };
    this.epoch = this.#newEpoch(seed.cursor.epoch);
    this.checkpoint();
  }

  /** Old feed goes, never above the safe position or what a live region still needs. */
  prune(keepRows: number, live: readonly number[]): void {
    const cut = Math.min(this.sequence - keepRows, this.safe, ...live.map((region) => this.cursors.get(region) ?? 0));
    if (cut <= this.floor) return;
    this.#floorChain = this.chainAt(cut) ?? 0;
    this.feed = this.feed.slice(cut - this.floor);
    this.floor = cut;
  }

  /** Forgets some of what lies below the safe position and every live region's cursor, in the log. */
  forget(random: SeededRandom, live: readonly number[], nowMs: number): void {
    const limit = Math.min(this.safe, ...live.map((region) => this.cursors.get(region) ?? 0));
    const isOld = (position: { readonly sequence: number } | null | undefined): boolean => position != null && position.sequence <= limit;
    const early = this.#deps.mutation === 'tombstone-early';
    const entries = [...this.tree.entries.values()]
      .filter(
        (entry) =>
          entry.deleted !== null && (early || isOld(entry.deleted.position)) && !this.tree.hasChild(entry.id) && random.chance(0.7),
      )
      .map((entry) => ({ id: entry.id, deletedBy: entry.deleted?.dot as Dot }));
    if (early) return entries.forEach(({ id }) => void this.tree.forget(id));
    const gone = new Set(entries.map(({ id }) => id));
    const versions = [...this.tree.versions.values()]
      .filter(
        ({ entryId, version }) =>
          isOld(version.position) && (gone.has(entryId) || (random.chance(0.3) && !this.#isHead(entryId, version.dot))),
      )
      .map(({ entryId, version }) => ({ entryId, dot: version.dot }));
    if (entries.length + versions.length > 0) this.#append(this.#forgetOperation({ entries, versions }, nowMs));
  }

  #forgetOperation(what: Pick<Forget, 'entries' | 'versions'>, nowMs: number): Forget {
    const replica = replicaId(hubRegion, this.#deps.mutation === 'hub-counter-reused' ? 1 : this.#life);
    const counter = (this.acknowledged.get(replica) ?? 0) + 1;
    return {
      type: 'forget',
      dot: { replica, counter },
      stamp: { wallMs: nowMs, logical: 0, replica },
      context: { position: { epoch: this.epoch, sequence: this.sequence }, counter: counter - 1 },
      entryId: rootId,
      author: { user: 'hub', device: 'hub', region: hubRegion },
      ...what,
    };
  }

  #isHead(entryId: EntryId, dot: Dot): boolean {
    return this.tree.entry(entryId)?.heads.some((head) => sameDot(head.dot, dot)) ?? false;
  }

  #append(operation: Operation): void {
    const position = { epoch: this.epoch, sequence: ++this.sequence };
    const effects = applyMutated(this.#deps.mutation, { tree: this.tree, place: { position, forks: this.forks } }, operation);
    this.acknowledged.set(operation.dot.replica, operation.dot.counter);
    this.#deps.watch({ position, operation, effects }, this.tree);
    this.tree.apply(effects);
    this.chain = chainAfter(this.chain, operation.dot);
    const digest = this.tree.sums === null ? {} : { digest: digestOf(this.tree.sums) };
    this.feed.push({ position, operation, effects, chain: this.chain, ...digest });
  }

  #differs(cursor: Cursor): boolean {
    if (this.#deps.mutation === 'cursor-unchecked') return false;
    if (cursor.sequence > this.sequence) return true;
    if (this.#deps.mutation === 'beginning-unchecked') {
      const own = this.#dotAt(cursor.sequence);
      return own !== null && cursor.dot !== null && !sameDot(own, cursor.dot);
    }
    const own = this.chainAt(cursor.sequence);
    return own !== null && own !== cursor.chain;
  }

  #snapshot(): Answer {
    const tail = this.#deps.mutation === 'no-tail' ? [] : this.feed.filter((row) => row.position.sequence > this.safe);
    return {
      type: 'snapshot',
      cursor: { epoch: this.epoch, sequence: this.sequence, dot: this.#dotAt(this.sequence), chain: this.chain },
      tree: this.tree.copy(),
      forks: this.forks,
      acknowledged: new Map(this.acknowledged),
      tail,
    };
  }

  #copyOf(): Copy {
    return {
      tree: this.tree.copy(),
      sequence: this.sequence,
      chain: this.chain,
      epoch: this.epoch,
      forks: this.forks,
      acknowledged: new Map(this.acknowledged),
      cursors: new Map(this.cursors),
    };
  }
}
