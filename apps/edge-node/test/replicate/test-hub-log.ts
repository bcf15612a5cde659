import { JzseError } from '@jzse/api';
import type { Lease, Source, WakeUp } from '@jzse/api/hub';
import type { Content, Effect, FeedPosition, FeedRow, Forks, Hash, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import { applyOperation, dotKey, rootEntry, rootId, TreeOverlay } from '@jzse/sync';
import type { HubPort } from '../../src/replicate/hub-port.ts';

type Method = Exclude<keyof HubPort, 'wakeUps'>;

/** What goes wrong on the way to the hub. */
export interface HubFaults {
  /** Nothing gets through. */
  isAway: boolean;
  /** The hub does it, and the answer is lost. */
  losesAnswer: (method: Method) => boolean;
  /** The call arrives twice. */
  repeats: (method: Method) => boolean;
}

interface Space {
  epoch: number;
  forks: Forks;
  rows: FeedRow[];
  acknowledged: Map<ReplicaId, number>;
  tree: TreeOverlay;
  /** Rows up to this sequence are only in snapshots. */
  floor: number;
}
interface Transfer {
  readonly region: RegionId;
  readonly space: SpaceId;
  readonly content: Content;
  priority: number;
  isLeased: boolean;
}

/** The hub in this process: one log a space, integrated by the core, with the faults of a network before it. */
export class TestHubLog {
  readonly faults: HubFaults = { isAway: false, losesAnswer: () => false, repeats: () => false };
  readonly calls: { readonly method: Method; readonly request: unknown }[] = [];
  readonly regionUrls = new Map<RegionId, string>();
  readonly spaces = new Map<SpaceId, Space>();
  readonly holders = new Map<string, Set<RegionId>>();
  readonly transfers = new Map<string, Transfer>();
  readonly beats: RegionId[] = [];
  readonly #streams = new Set<{ readonly region: RegionId; readonly wake: () => void }>();
  #lives = 0;

  constructor(...spaces: SpaceId[]) {
    for (const space of spaces) this.createSpace(space);
  }

  createSpace(space: SpaceId): void {
    this.spaces.set(space, { epoch: 1, forks: {}, rows: [], acknowledged: new Map(), tree: emptyTree(), floor: 0 });
    this.#wakeAll();
  }

  head(space: SpaceId): FeedPosition {
    const { epoch, rows } = this.#space(space);
    return { epoch, sequence: rows.at(-1)?.position.sequence ?? 0 };
  }
  operations(space: SpaceId): string[] {
    return this.#space(space).rows.map((row) => dotKey(row.operation.dot));
  }
  holdersOf(space: SpaceId, hash: Hash): RegionId[] {
    return [...(this.holders.get(`${space}/${hash}`) ?? [])].sort();
  }

  /** To a copy that lagged: rows after `sequence` are lost, a new epoch begins. */
  failOver(space: SpaceId, sequence: number): void {
    const old = this.#space(space);
    const kept = old.rows.slice(0, sequence);
    const tree = emptyTree();
    const acknowledged = new Map<ReplicaId, number>();
    for (const row of kept) {
      tree.apply(row.effects);
      acknowledged.set(row.operation.dot.replica, row.operation.dot.counter);
    }
    this.spaces.set(space, {
      ...old,
      epoch: old.epoch + 1,
      forks: { ...old.forks, [old.epoch]: sequence },
      rows: kept,
      acknowledged,
      tree,
    });
    this.#wakeAll();
  }
  /** Old feed is dropped: who comes late needs a snapshot. */
  forgetFeed(space: SpaceId): void {
    this.#space(space).floor = this.head(space).sequence;
  }

  readonly port: HubPort = {
    register: (request) => this.#call('register', request, () => this.#register(request)),
    push: (request) => this.#call('push', request, () => this.#push(request)),
    pull: (request) => this.#call('pull', request, () => this.#pull(request)),
    snapshotHead: (space) => this.#call('snapshotHead', space, () => this.#snapshotHead(space)),
    snapshotPage: (space, page) => this.#call('snapshotPage', page, () => this.#snapshotPage(space, page)),
    transfers: (request) => this.#call('transfers', request, () => this.#transfers(request)),
    locate: (request) => this.#call('locate', request, () => this.#locate(request)),
    holders: (space, hash) => this.#call('holders', { space, hash }, () => this.#sources(space, hash, null)),
    resolvePath: () => Promise.resolve(null),
    heartbeat: (region, capacity) => this.#call('heartbeat', capacity, () => void this.beats.push(region)),
    regions: () => this.#call('regions', null, () => [...this.regionUrls].map(([id, url]) => ({ ...regionInfo, id, url }))),
    wakeUps: (region, signal) => this.#wakeUps(region, signal),
  };

  async #call<T>(method: Method, request: unknown, answer: () => T): Promise<T> {
    await new Promise(setImmediate);
    if (this.faults.isAway) throw new JzseError('hub-unreachable', 'the hub does not answer');
    this.calls.push({ method, request });
    const first = wire(answer());
    const given = this.faults.repeats(method) ? wire(answer()) : first;
    if (this.faults.losesAnswer(method)) throw new JzseError('hub-unreachable', 'the answer was lost');
    return given;
  }

  #register({ region, url, replica }: Parameters<HubPort['register']>[0]) {
    this.regionUrls.set(region, url);
    return { replica: replica ?? (`${region}:${++this.#lives}` as ReplicaId) };
  }

  #push({ space, epoch, region, operations }: Parameters<HubPort['push']>[0]) {
    const log = this.#space(space);
    if (epoch !== log.epoch) throw new JzseError('epoch-mismatch', 'another epoch');
    let acknowledged = 0;
    for (const operation of operations) {
      const expected = (log.acknowledged.get(operation.dot.replica) ?? 0) + 1;
      if (operation.dot.counter > expected) break;
      acknowledged++;
      if (operation.dot.counter === expected) this.#append(space, region, operation);
    }
    this.#wakeAll();
    return { acknowledged, head: this.head(space) };
  }

  #append(space: SpaceId, region: RegionId, operation: Operation): void {
    const log = this.#space(space);
    const position = { epoch: log.epoch, sequence: this.head(space).sequence + 1 };
    const effects = applyOperation(log.tree, operation, { position, forks: log.forks });
    log.tree.apply(effects);
    log.acknowledged.set(operation.dot.replica, operation.dot.counter);
    log.rows.push({ position, operation, effects });
    if (!('content' in operation) || operation.content === null) return;
    if (operation.author.region === region) this.#hold(space, operation.content.hash, region);
    for (const other of this.regionUrls.keys()) this.#plan(other, space, operation.content);
  }
  #plan(region: RegionId, space: SpaceId, content: Content): void {
    const id = `${region}/${space}/${content.hash}`;
    if (this.holdersOf(space, content.hash).includes(region) || this.transfers.has(id)) return;
    this.transfers.set(id, { region, space, content, priority: content.size < 1_000_000 ? 10 : 20, isLeased: false });
  }
  #hold(space: SpaceId, hash: Hash, region: RegionId): void {
    const key = `${space}/${hash}`;
    this.holders.set(key, (this.holders.get(key) ?? new Set()).add(region));
    this.transfers.delete(`${region}/${key}`);
  }

  #pull({ space, after, limit }: Parameters<HubPort['pull']>[0]): Awaited<ReturnType<HubPort['pull']>> {
    const { epoch, rows, forks, floor } = this.#space(space);
    if (after.epoch !== epoch || after.sequence < floor) return { type: 'snapshot-needed' };
    return { type: 'rows', rows: rows.slice(after.sequence, after.sequence + limit), head: this.head(space), forks };
  }
  #snapshotHead(space: SpaceId) {
    const { forks, acknowledged } = this.#space(space);
    return { position: this.head(space), forks, acknowledged: Object.fromEntries(acknowledged) };
  }
  #snapshotPage(space: SpaceId, { after, limit }: { readonly after: string | null; readonly limit: number }) {
    const effects: Effect[] = this.#space(space).rows.flatMap((row) => row.effects);
    const start = Number(after ?? 0);
    const size = Math.min(limit, 50);
    return { effects: effects.slice(start, start + size), next: start + size < effects.length ? String(start + size) : null };
  }

  #transfers({ region, done, failed, held, want }: Parameters<HubPort['transfers']>[0]): { readonly leases: readonly Lease[] } {
    for (const id of done) {
      const transfer = this.transfers.get(id);
      if (transfer !== undefined) this.#hold(transfer.space, transfer.content.hash, region);
    }
    for (const id of failed) {
      const transfer = this.transfers.get(id);
      if (transfer !== undefined) transfer.isLeased = false;
    }
    for (const { space, hash } of held) this.#hold(space, hash, region);
    const ready = [...this.transfers].filter(([, transfer]) => transfer.region === region && !transfer.isLeased);
    const leased = ready.sort(([, left], [, right]) => left.priority - right.priority).slice(0, want);
    return {
      leases: leased.map(([transferId, transfer]) => {
        transfer.isLeased = true;
        const { space, content, priority } = transfer;
        return { transferId, space, content, priority, sources: this.#sources(space, content.hash, region), leaseUntilMs: 0 };
      }),
    };
  }
  /** Leases that nobody reported run out. */
  expireLeases(): void {
    for (const transfer of this.transfers.values()) transfer.isLeased = false;
    this.#wakeAll();
  }
  #sources(space: SpaceId, hash: Hash, asking: RegionId | null): Source[] {
    const others = this.holdersOf(space, hash).filter((region) => region !== asking);
    return others.map((region) => ({ region, url: this.regionUrls.get(region) ?? 'http://127.0.0.1:1' }));
  }
  #locate({ region, space, hash }: Parameters<HubPort['locate']>[0]): Source[] {
    const transfer = this.transfers.get(`${region}/${space}/${hash}`);
    if (transfer !== undefined) transfer.priority = 0;
    return this.#sources(space, hash, region);
  }

  async *#wakeUps(region: RegionId, signal: AbortSignal): AsyncGenerator<WakeUp> {
    let wake: () => void = () => {};
    let isWoken = true;
    const stream = {
      region,
      wake: () => {
        isWoken = true;
        wake();
      },
    };
    this.#streams.add(stream);
    signal.addEventListener('abort', stream.wake);
    try {
      while (!signal.aborted) {
        if (this.faults.isAway) throw new JzseError('hub-unreachable', 'the stream broke');
        if (isWoken) {
          isWoken = false;
          const transfers = [...this.transfers.values()].some((transfer) => transfer.region === region && !transfer.isLeased);
          yield { heads: [...this.spaces.keys()].map((space) => ({ space, head: this.head(space) })), transfers };
        } else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      this.#streams.delete(stream);
      signal.removeEventListener('abort', stream.wake);
    }
  }
  /** The network is cut: streams break, calls get no answer. */
  goAway(): void {
    this.faults.isAway = true;
    this.#wakeAll();
  }
  comeBack(): void {
    this.faults.isAway = false;
  }
  #wakeAll(): void {
    for (const stream of this.#streams) stream.wake();
  }
  #space(space: SpaceId): Space {
    const found = this.spaces.get(space);
    if (found === undefined) throw new JzseError('unknown-space', `there is no space ${space}`);
    return found;
  }
}

const regionInfo = { healthy: true, lastSeenMs: null, diskFreeBytes: null, outbox: null, pendingTransfers: 0 };

/** As it would come over the network: nothing is shared. */
const wire = <T>(value: T): T => (value === undefined ? value : structuredClone(value));

function emptyTree(): TreeOverlay {
  return new TreeOverlay({
    entry: (id) => (id === rootId ? rootEntry : null),
    aliasOf: () => null,
    liveChild: () => null,
    liveChildren: () => [],
    aliasesTo: () => [],
    hasChild: () => false,
  });
}
