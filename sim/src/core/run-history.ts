import type { EntryId, FeedRow, Operation } from '@jzse/sync';
import { dotKey, resolveAlias } from '@jzse/sync';
import { checkHistory } from './check-history.ts';
import { CoreHub } from './core-hub.ts';
import { CoreRegion } from './core-region.ts';
import type { CoreTree } from './core-tree.ts';
import type { SeenByDelete } from './draw-operation.ts';
import { drawOperation, seenByDelete } from './draw-operation.ts';
import type { Weather } from './draw-weather.ts';
import { calm, drawWeather } from './draw-weather.ts';
import type { Message } from './messages.ts';
import type { Mutation } from './mutations.ts';
import type { SeededRandom } from './seeded-random.ts';
import { seededRandom } from './seeded-random.ts';
import { RuleWatch } from './watch-rules.ts';

export interface RunOptions {
  readonly mutation?: Mutation;
  /** Hears what happens, step by step. */
  readonly tell?: (line: string) => void;
}
export interface History {
  readonly hub: CoreHub;
  readonly regions: readonly CoreRegion[];
  readonly acknowledged: Operation[];
  readonly deletes: SeenByDelete[];
  /** Dots of versions that the hub forgot. */
  readonly forgotten: Set<string>;
  /** What someone moved, as its id stood then: a move brings back what went only because its folder went. */
  readonly moved: Set<EntryId>;
  readonly watch: RuleWatch;
  operations: number;
  failOvers: number;
}

const quietRoundsMax = 3000;

/**
 * One random history of a hub and its regions: messages lost, repeated, late and reordered, crashes, skewed clocks, restored and wiped disks,
 * fail-over (noticed or not), a hub rebuilt from a region, old feed and tombstones dropped; then all is exchanged and checked. Throws where a rule is broken.
 */
export function runHistory(seed: number, options: RunOptions = {}): History {
  const random = seededRandom(seed);
  const weather = drawWeather(random);
  const history = new Run(random, weather, options).run();
  checkHistory(history);
  return history;
}

class Run {
  readonly #random: SeededRandom;
  readonly #tell: RunOptions['tell'];
  readonly #mutation: Mutation | null;
  readonly #watch = new RuleWatch();
  readonly #history: History;
  readonly #skews: readonly number[];
  #weather: Weather;
  #network: Message[] = [];
  #nowMs = 1_000_000_000;

  constructor(random: SeededRandom, weather: Weather, options: RunOptions) {
    this.#random = random;
    this.#weather = weather;
    this.#tell = options.tell;
    this.#mutation = options.mutation ?? null;
    const { withDigests } = weather;
    const hub = new CoreHub({ mutation: this.#mutation, withDigests, watch: (row, before) => this.#take(row, before) });
    const deps = { hub, mutation: this.#mutation, withDigests, crashes: () => random.chance(0.05) };
    const regions = Array.from({ length: weather.regions }, (_, index) => new CoreRegion(index, deps));
    this.#skews = regions.map(() => Math.floor((random.next() - 0.5) * 2 * weather.skewMsMax));
    const collections = { acknowledged: [], deletes: [], forgotten: new Set<string>(), moved: new Set<EntryId>() };
    this.#history = { hub, regions, watch: this.#watch, ...collections, operations: 0, failOvers: 0 };
  }

  run(): History {
    for (let step = 0; step < this.#weather.steps; step++) this.#step();
    this.#heal();
    return this.#history;
  }

  #step(): void {
    const random = this.#random;
    this.#nowMs += random.below(50);
    for (const region of this.#history.regions) if (region.offlineSteps > 0) region.offlineSteps--;
    const region = random.pick(this.#history.regions);
    const kind = random.next();
    if (kind < this.#weather.work) this.#author(region);
    else if (kind < this.#weather.work + 0.15 && region.offlineSteps === 0) this.#push(region);
    else if (kind < this.#weather.work + 0.25 && region.offlineSteps === 0) this.#pull(region);
    else if (this.#network.length > 0) this.#deliver(this.#network.splice(random.below(this.#network.length), 1)[0]);
    this.#disturbRegion(region);
    this.#disturbHub();
  }

  #heal(): void {
    this.#tell?.('all is well from here on');
    this.#weather = { ...this.#weather, ...calm };
    const { hub, regions } = this.#history;
    for (const region of regions) region.offlineSteps = 0;
    const isQuiet = ({ disk }: CoreRegion): boolean =>
      disk.outbox.length === 0 &&
      disk.cursor.sequence === hub.sequence &&
      disk.cursor.epoch === hub.epoch &&
      disk.cursor.chain === hub.chain;
    for (let round = 0; !regions.every(isQuiet); round++) {
      if (round > quietRoundsMax) throw new Error('the history does not come to rest');
      for (const region of regions) {
        if (region.disk.outbox.length > 0) this.#push(region);
        this.#pull(region);
      }
      while (this.#network.length > 0) this.#deliver(this.#network.shift());
    }
  }

  #author(region: CoreRegion): void {
    const shown = region.shown();
    const work = { habits: this.#weather.habits, nowMs: this.#nowMs + (this.#skews[region.index] ?? 0) };
    const operation = drawOperation(region, work, this.#random);
    if (operation === null) return;
    if (operation.type === 'delete') this.#history.deletes.push(seenByDelete(shown, operation));
    this.#watch.noteAuthor(region, operation);
    region.commit(operation);
    this.#history.acknowledged.push(operation);
    this.#tell?.(`region ${region.index} commits ${describeOperation(operation)}`);
  }

  #take(row: FeedRow, before: CoreTree): void {
    this.#history.operations++;
    this.#tell?.(`hub takes ${row.position.epoch}.${row.position.sequence} ${dotKey(row.operation.dot)} ${describeEffects(row)}`);
    this.#watch.check(row, before);
    if (!this.#history.regions.some((region) => region.restored)) this.#watch.checkOrder(row.operation, this.#history.hub.acknowledged);
    if (row.operation.type === 'move') this.#history.moved.add(resolveAlias(before, row.operation.entryId));
    for (const effect of row.effects) if (effect.type === 'forget-version') this.#history.forgotten.add(dotKey(effect.dot));
  }

  #push(region: CoreRegion): void {
    const { cursor, outbox } = region.disk;
    const operations = outbox.slice(0, 1 + this.#random.below(8));
    if (operations.length > 0) this.#send({ type: 'push', region, cursor, operations });
  }

  #pull(region: CoreRegion): void {
    this.#send({ type: 'pull', region, cursor: region.disk.cursor });
  }

  #send(message: Message): void {
    if (this.#random.chance(this.#weather.drop)) return;
    this.#network.push(message);
    if (this.#random.chance(this.#weather.repeat)) this.#network.push(message);
  }

  #deliver(message: Message | undefined): void {
    if (message === undefined || message.region.offlineSteps > 0) return;
    const { hub } = this.#history;
    const { region } = message;
    if (message.type === 'answer') return this.#receive(message);
    if (message.type === 'push') hub.integrate(message, this.#nowMs);
    const cursor = message.type === 'pull' ? message.cursor : region.disk.cursor;
    this.#send({ type: 'answer', region, answer: hub.answer(region.index, cursor, 1 + this.#random.below(20)) });
  }

  #receive({ region, answer }: Message & { readonly type: 'answer' }): void {
    const { cursor } = region.disk;
    region.receive(answer);
    const after = region.disk.cursor;
    if (after !== cursor || answer.type === 'log-differs')
      this.#tell?.(
        `region ${region.index} gets ${answer.type}: from ${cursor.epoch}.${cursor.sequence} to ${after.epoch}.${after.sequence}`,
      );
  }

  #disturbRegion(region: CoreRegion): void {
    const random = this.#random;
    const { offline, crash, restore, wipe } = this.#weather;
    if (random.chance(offline)) region.offlineSteps = random.below(200);
    if (random.chance(crash)) this.#dropMessagesOf(region);
    if (random.chance(0.01)) region.backUp();
    if (random.chance(restore) && region.restoreBackup()) {
      this.#tell?.(`region ${region.index} goes back to its backup and is ${region.replica}`);
      this.#dropMessagesOf(region);
    }
    if (random.chance(wipe) && this.#isAllSafe(region)) {
      region.wipe();
      this.#tell?.(`region ${region.index} loses its disk and is ${region.replica}`);
      this.#dropMessagesOf(region);
    }
  }

  /** Nothing on this disk that the hub's copies or another region do not have. */
  #isAllSafe({ disk }: CoreRegion): boolean {
    return disk.outbox.length === 0 && disk.kept.length === 0;
  }

  #disturbHub(): void {
    const random = this.#random;
    const { hub } = this.#history;
    const { failOver, silent, rebuild, prune, forget, checkpoint } = this.#weather;
    if (random.chance(checkpoint)) hub.checkpoint();
    if (random.chance(failOver) && hub.hasSomethingToLose()) this.#lose('fails over', () => hub.failOver(true));
    if (random.chance(silent) && hub.hasSomethingToLose()) {
      this.#watch.hasTwoLogs = true;
      this.#lose('is restored without knowing it', () => hub.failOver(false));
    }
    if (random.chance(rebuild)) this.#rebuild();
    const live = this.#history.regions.filter((region) => region.offlineSteps < this.#weather.awaySteps).map((region) => region.index);
    if (random.chance(prune)) hub.prune(random.below(60), live);
    if (random.chance(forget)) hub.forget(random, live, this.#nowMs);
  }

  #lose(how: string, happen: () => void): void {
    happen();
    this.#history.failOvers++;
    this.#tell?.(`hub ${how}: ${this.#history.hub.epoch}.${this.#history.hub.sequence}`);
    if (this.#random.chance(0.5)) this.#network = [];
  }

  /** From the region that is furthest and whose log no other refuses; the others offer again what that lacks. */
  #rebuild(): void {
    const { hub, regions } = this.#history;
    const furthest = [...regions]
      .sort(({ disk: { cursor: left } }, { disk: { cursor: right } }) => right.epoch - left.epoch || right.sequence - left.sequence)
      .find(({ disk: { seen } }) => regions.every((region) => region.canFollow(seen)));
    if (furthest === undefined || furthest.disk.cursor.sequence < hub.safe) return;
    const { confirmed, cursor, forks, seen } = furthest.disk;
    this.#lose(`is rebuilt from region ${furthest.index}`, () => hub.rebuildFrom({ tree: confirmed, cursor, forks, seen }));
    // What was safe was lost with the copies: an answer that still says so does not outlive the hub that gave it.
    this.#network = [];
  }

  #dropMessagesOf(region: CoreRegion): void {
    this.#network = this.#network.filter((message) => message.region !== region);
  }
}

function describeOperation(operation: Operation): string {
  const { dot, stamp, context, type, entryId } = operation;
  const parts = [`${dotKey(dot)} ${type} ${entryId}`];
  if ('parentId' in operation) parts.push(`in ${operation.parentId} as ${operation.name}`);
  if ('base' in operation) parts.push(`base [${operation.base.map(dotKey).join(' ')}]`);
  if ('alsoIds' in operation && operation.alsoIds.length > 0) parts.push(`also [${operation.alsoIds.join(' ')}]`);
  if ('observed' in operation)
    parts.push(`saw [${operation.observed.map(({ id, heads }) => `${id}:${heads.map(dotKey).join('+')}`).join(' ')}]`);
  return `${parts.join(' ')} (had ${context.position.epoch}.${context.position.sequence}, clock ${stamp.wallMs - 1_000_000_000}.${stamp.logical})`;
}

const describeEffects = ({ operation, effects }: FeedRow): string =>
  effects
    .map((effect) => {
      if (effect.type === 'alias') return `${effect.from} is ${effect.to}`;
      if (effect.type === 'note') return effect.note;
      if (effect.type === 'version') return `version ${dotKey(effect.version.dot)}`;
      if (effect.type === 'forget-entry') return `forgets ${effect.entryId}`;
      if (effect.type === 'forget-version') return `forgets ${dotKey(effect.dot)}`;
      const { id, parentId, name, heads, deleted } = effect.entry;
      return `${id}=${deleted === null ? `${parentId}/${name}` : 'deleted'}[${heads.map((head) => dotKey(head.dot)).join(' ')}]`;
    })
    .join(', ') || operation.type;
