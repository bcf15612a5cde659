import { defaultPolicy, JzseError, type RaisedEvent, type RevisedPolicy, type SpaceReport } from '@jzse/api';
import type { DigestNode, Lease, LogCursor, Source, WakeUp } from '@jzse/api/hub';
import type { Content, Dot, Effect, FeedPosition, FeedRow, Forks, Hash, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import { applyOperation, comparePositions, dotKey, sameDot } from '@jzse/sync';
import { digestNodeOf, digestOf } from '../../../../packages/db/test/tree-digest.ts';
import { MemoryTree } from '../../../../packages/sync/test/memory-tree.ts';
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
  tree: MemoryTree;
  /** The state that the log began with, and its last sequence. */
  start: { readonly effects: readonly Effect[]; readonly sequence: number };
  safe: number;
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

const noStart = { effects: [], sequence: 0 };

/** The hub in this process: one log a space, integrated by the core, with the faults of a network before it. */
export class TestHubLog {
  readonly faults: HubFaults = { isAway: false, losesAnswer: () => false, repeats: () => false };
  readonly calls: { readonly method: Method; readonly request: unknown }[] = [];
  readonly regionUrls = new Map<RegionId, string>();
  readonly spaces = new Map<SpaceId, Space>();
  readonly holders = new Map<string, Set<RegionId>>();
  readonly transfers = new Map<string, Transfer>();
  readonly beats: RegionId[] = [];
  readonly reports: { readonly region: RegionId; readonly report: SpaceReport }[] = [];
  readonly events: RaisedEvent[] = [];
  readonly policies = new Map<SpaceId, RevisedPolicy>();
  readonly #seeds = new Map<SpaceId, Effect[]>();
  readonly #streams = new Set<{ readonly region: RegionId; readonly wake: (extra?: Partial<WakeUp>) => void }>();
  #lives = 0;

  constructor(...spaces: SpaceId[]) {
    for (const space of spaces) this.createSpace(space);
  }

  createSpace(space: SpaceId): void {
    this.spaces.set(space, {
      epoch: 1,
      forks: {},
      rows: [],
      acknowledged: new Map(),
      tree: new MemoryTree(),
      floor: 0,
      start: noStart,
      safe: 0,
    });
    this.#wakeAll();
  }

  head(space: SpaceId): FeedPosition {
    const { epoch, rows, start } = this.#space(space);
    return { epoch, sequence: rows.at(-1)?.position.sequence ?? start.sequence };
  }
  operations(space: SpaceId): string[] {
    return this.#space(space).rows.map((row) => dotKey(row.operation.dot));
  }
  holdersOf(space: SpaceId, hash: Hash): RegionId[] {
    return [...(this.holders.get(`${space}/${hash}`) ?? [])].sort();
  }

  /** To a copy that lagged: rows after `sequence` are lost, and it knows it. */
  failOver(space: SpaceId, sequence: number): void {
    this.restore(space, sequence);
    this.#beginEpoch(this.#space(space), sequence);
  }
  /** From a backup: rows after `sequence` are lost, and nobody says so. */
  restore(space: SpaceId, sequence: number): void {
    const old = this.#space(space);
    const kept = old.rows.slice(0, sequence);
    const tree = new MemoryTree();
    const acknowledged = new Map<ReplicaId, number>();
    for (const row of kept) {
      tree.apply(row.effects);
      acknowledged.set(row.operation.dot.replica, row.operation.dot.counter);
    }
    this.spaces.set(space, { ...old, rows: kept, acknowledged, tree });
    this.#wakeAll();
  }
  /** Everything is lost, and there is no backup. */
  loseAll(space: SpaceId): void {
    this.createSpace(space);
    this.holders.clear();
    this.transfers.clear();
  }
  #beginEpoch(log: Space, keptUpTo: number): void {
    log.forks = { ...log.forks, [log.epoch]: keptUpTo };
    log.epoch += 1;
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
    rowDots: (space, sequences) => this.#call('rowDots', sequences, () => sequences.map((sequence) => this.#dotAt(space, sequence))),
    operationsUnder: (request) =>
      this.#call('operationsUnder', request, () => request.counters.map((counter) => this.#under(request.space, { ...request, counter }))),
    raiseEpoch: (request) =>
      this.#call('raiseEpoch', request, () => {
        const log = this.#space(request.space);
        if (log.epoch === request.epoch) this.#beginEpoch(log, request.keptUpTo);
      }),
    report: (region, reports) =>
      this.#call('report', reports, () => void this.reports.push(...reports.map((report) => ({ region, report })))),
    verify: () => Promise.reject(new JzseError('internal', 'not here')),
    digestNode: (request) => this.#call('digestNode', request, () => this.#digestNode(request)),
    policy: (space) => this.#call('policy', space, () => this.policies.get(space) ?? { revision: 0, policy: defaultPolicy }),
    setPolicy: (space, policy) =>
      this.#call('setPolicy', space, () => {
        const revised = { revision: (this.policies.get(space)?.revision ?? 0) + 1000, policy };
        this.policies.set(space, revised);
        return revised;
      }),
    mergeWork: (request) => this.#call('mergeWork', request, () => ({ tasks: [] })),
    mergeStates: (_space, entries) => this.#call('mergeStates', entries, () => []),
    raise: (events) => this.#call('raise', events, () => void this.events.push(...events)),
    treeAt: () => Promise.reject(new JzseError('internal', 'not here')),
    seed: (request) => this.#call('seed', request, () => this.#seed(request)),
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

  #push({ space, epoch, region, cursor, operations }: Parameters<HubPort['push']>[0]) {
    const log = this.#space(space);
    if (epoch !== log.epoch) throw new JzseError('epoch-mismatch', 'another epoch');
    if (this.#differs(space, cursor)) throw new JzseError('log-differs', 'another log');
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
    log.rows.push({ position, operation, effects, ...this.#digest(log.tree) });
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

  /** Off by default: a digest of everything after every row is slow. */
  givesDigests = false;
  #digest(tree: MemoryTree): { readonly digest?: string } {
    return this.givesDigests ? { digest: digestOf(tree) } : {};
  }
  #dotAt(space: SpaceId, sequence: number): Dot | null {
    return this.#space(space).rows.find((row) => row.position.sequence === sequence)?.operation.dot ?? null;
  }
  #under(space: SpaceId, dot: Dot): Operation | null {
    const { rows, floor } = this.#space(space);
    return rows.find((row) => row.position.sequence > floor && sameDot(row.operation.dot, dot))?.operation ?? null;
  }
  #differs(space: SpaceId, after: LogCursor): boolean {
    if (after.epoch !== this.#space(space).epoch) return false;
    const ours = this.#dotAt(space, after.sequence);
    return after.sequence > this.head(space).sequence || (ours !== null && after.dot !== null && !sameDot(ours, after.dot));
  }
  #pull({ space, after, limit }: Parameters<HubPort['pull']>[0]): Awaited<ReturnType<HubPort['pull']>> {
    const { epoch, rows, forks, floor, safe } = this.#space(space);
    if (after.epoch !== epoch || after.sequence < floor) return { type: 'snapshot-needed' };
    if (this.#differs(space, after)) return { type: 'log-differs' };
    const next = rows.filter((row) => row.position.sequence > after.sequence).slice(0, limit);
    return { type: 'rows', rows: next, head: this.head(space), forks, safe };
  }
  #snapshotHead(space: SpaceId) {
    const { forks, acknowledged, safe, tree } = this.#space(space);
    const position = this.head(space);
    const dot = this.#dotAt(space, position.sequence);
    return { position, dot, forks, acknowledged: Object.fromEntries(acknowledged), safe, digest: digestOf(tree) };
  }
  #snapshotPage(space: SpaceId, { after, limit }: { readonly after: string | null; readonly limit: number }) {
    const log = this.#space(space);
    const effects: Effect[] = [...log.start.effects, ...log.rows.flatMap((row) => row.effects)];
    const start = Number(after ?? 0);
    const size = Math.min(limit, 50);
    return { effects: effects.slice(start, start + size), next: start + size < effects.length ? String(start + size) : null };
  }
  #digestNode({ space, position, folder, bucket }: Parameters<HubPort['digestNode']>[0]): DigestNode {
    const head = this.head(space);
    if (comparePositions(head, position) !== 0) return { type: 'moved', head };
    return { type: 'node', ...digestNodeOf(this.#space(space).tree, folder, bucket) };
  }
  #seed({ space, page, effects, last }: Parameters<HubPort['seed']>[0]): void {
    const log = this.#space(space);
    if (this.head(space).sequence > 0) throw new JzseError('already-exists', 'the log is not empty');
    const all = page === 0 ? [...effects] : [...(this.#seeds.get(space) ?? []), ...effects];
    this.#seeds.set(space, all);
    if (last === null) return;
    log.tree.apply(all);
    log.start = { effects: all, sequence: last.position.sequence };
    log.floor = last.position.sequence;
    log.acknowledged = new Map(Object.entries(last.acknowledged) as [ReplicaId, number][]);
    log.forks = { ...last.forks };
    log.epoch = last.position.epoch;
    this.#beginEpoch(log, last.position.sequence);
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
    let waiting: Partial<WakeUp>[] = [{}];
    const stream = {
      region,
      wake: (extra: Partial<WakeUp> = {}) => {
        waiting.push(extra);
        wake();
      },
    };
    this.#streams.add(stream);
    const onAbort = (): void => stream.wake();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        if (this.faults.isAway) throw new JzseError('hub-unreachable', 'the stream broke');
        if (waiting.length > 0) {
          const extra = Object.assign({}, ...waiting) as Partial<WakeUp>;
          waiting = [];
          const transfers = [...this.transfers.values()].some((transfer) => transfer.region === region && !transfer.isLeased);
          yield { heads: [...this.spaces.keys()].map((space) => ({ space, head: this.head(space) })), transfers, ...extra };
        } else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      this.#streams.delete(stream);
      signal.removeEventListener('abort', onAbort);
    }
  }
  /** Says something to those that listen. */
  say(wakeUp: Partial<WakeUp>, region?: RegionId): void {
    for (const stream of this.#streams) if (region === undefined || stream.region === region) stream.wake(wakeUp);
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

const regionInfo = { healthy: true, lastSeenMs: null, diskFreeBytes: null, clockSkewMs: null, outbox: null, pendingTransfers: 0 };

/** As it would come over the network: nothing is shared. */
const wire = <T>(value: T): T => (value === undefined ? value : structuredClone(value));
