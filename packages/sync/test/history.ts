import type { Operation } from '../src/index.ts';
import { dotKey } from '../src/index.ts';
import { checkHistory } from './check-history.ts';
import type { SeededRandom } from './seeded-random.ts';
import { seededRandom } from './seeded-random.ts';
import type { SeenByDelete } from './test-author.ts';
import { authorOperation, seenByDelete } from './test-author.ts';
import type { Rows, Snapshot } from './test-hub.ts';
import { TestHub } from './test-hub.ts';
import { TestRegion } from './test-region.ts';

type Message =
  | { readonly type: 'push'; readonly region: TestRegion; readonly epoch: number; readonly operations: readonly Operation[] }
  | { readonly type: 'pull'; readonly region: TestRegion; readonly epoch: number; readonly after: number }
  | { readonly type: 'answer'; readonly region: TestRegion; readonly answer: Rows | Snapshot };

interface Faults {
  readonly drop: number;
  readonly repeat: number;
  readonly offline: number;
  readonly crash: number;
  readonly restore: number;
  readonly failOver: number;
  readonly collect: number;
}

export interface History {
  readonly hub: TestHub;
  readonly regions: readonly TestRegion[];
  readonly acknowledged: Operation[];
  readonly deletes: SeenByDelete[];
  /** Dots that went with a restored backup: not the promise of anyone. */
  readonly lostWithBackup: Set<string>;
  failOvers: number;
}

const quietRoundsMax = 3000;

/** One random history: messages lost, repeated, late and reordered, crashes, skewed clocks, restored backups, fail-over, collection; then everything is exchanged and checked. Throws where a rule is broken. */
export function runHistory(seed: number): History {
  const random = seededRandom(seed);
  const regions = Array.from({ length: 2 + random.below(3) }, (_, index) => new TestRegion(index));
  const steps = 150 + random.below(350);
  const faults: Faults = {
    drop: random.next() * 0.4,
    repeat: random.next() * 0.4,
    offline: random.next() * 0.05,
    crash: random.next() * 0.01,
    restore: random.chance(0.3) ? 0.004 : 0,
    failOver: random.chance(0.3) ? 0.003 : 0,
    collect: random.chance(0.4) ? 0.01 : 0,
  };
  const skewMsMax = random.chance(0.5) ? 1_000_000 : 10;
  const skews = regions.map(() => Math.floor((random.next() - 0.5) * 2 * skewMsMax));
  const history: History = { hub: new TestHub(), regions, acknowledged: [], deletes: [], lostWithBackup: new Set(), failOvers: 0 };
  const run = new Run(history, random, faults);
  for (let step = 0; step < steps; step++) run.step(skews);
  run.heal();
  checkHistory(history);
  return history;
}

class Run {
  readonly #history: History;
  readonly #random: SeededRandom;
  #faults: Faults;
  #network: Message[] = [];
  #nowMs = 1_000_000_000;

  constructor(history: History, random: SeededRandom, faults: Faults) {
    this.#history = history;
    this.#random = random;
    this.#faults = faults;
  }

  step(skews: readonly number[]): void {
    const random = this.#random;
    this.#nowMs += random.below(50);
    for (const region of this.#history.regions) if (region.offlineSteps > 0) region.offlineSteps--;
    const region = random.pick(this.#history.regions);
    const kind = random.next();
    if (kind < 0.35) this.#author(region, skews[region.index] ?? 0);
    else if (kind < 0.5 && region.offlineSteps === 0) this.#push(region);
    else if (kind < 0.6 && region.offlineSteps === 0) this.#pull(region);
    else if (this.#network.length > 0) this.#deliver(this.#network.splice(random.below(this.#network.length), 1)[0]);
    this.#disturb(region);
  }

  heal(): void {
    this.#faults = { drop: 0, repeat: 0, offline: 0, crash: 0, restore: 0, failOver: 0, collect: 0 };
    const { hub, regions } = this.#history;
    for (const region of regions) region.offlineSteps = 0;
    const isQuiet = (region: TestRegion): boolean =>
      region.state.outbox.length === 0 && region.state.sequence === hub.sequence && region.state.epoch === hub.epoch;
    for (let round = 0; !regions.every(isQuiet); round++) {
      if (round > quietRoundsMax) throw new Error('the history does not come to rest');
      for (const region of regions) {
        if (region.state.outbox.length > 0) this.#push(region);
        this.#pull(region);
      }
      while (this.#network.length > 0) this.#deliver(this.#network.shift());
    }
  }

  #author(region: TestRegion, skewMs: number): void {
    const shownBefore = region.shown();
    const operation = authorOperation(region, this.#nowMs + skewMs, this.#random);
    if (operation === null) return;
    if (operation.type === 'delete') this.#history.deletes.push(seenByDelete(shownBefore, operation));
    region.commit(operation);
    this.#history.acknowledged.push(operation);
  }

  #push(region: TestRegion): void {
    const operations = region.state.outbox.slice(0, 1 + this.#random.below(8));
    if (operations.length > 0) this.#send({ type: 'push', region, epoch: region.state.epoch, operations });
  }

  #pull(region: TestRegion): void {
    this.#send({ type: 'pull', region, epoch: region.state.epoch, after: region.state.sequence });
  }

  #send(message: Message): void {
    if (this.#random.chance(this.#faults.drop)) return;
    this.#network.push(message);
    if (this.#random.chance(this.#faults.repeat)) this.#network.push(message);
  }

  #deliver(message: Message | undefined): void {
    if (message === undefined || message.region.offlineSteps > 0) return;
    const { hub } = this.#history;
    const { region } = message;
    if (message.type === 'answer') return region.receive(message.answer);
    if (message.type === 'push') hub.integrate(message, this.#nowMs);
    const pull = message.type === 'pull' ? message : { epoch: region.state.epoch, after: region.state.sequence };
    this.#send({ type: 'answer', region, answer: hub.answer(pull, 1 + this.#random.below(20)) });
  }

  #disturb(region: TestRegion): void {
    const random = this.#random;
    const { hub } = this.#history;
    if (random.chance(this.#faults.offline)) region.offlineSteps = random.below(200);
    if (random.chance(this.#faults.crash)) this.#forgetMessagesOf(region);
    if (random.chance(0.01)) region.backUp();
    if (random.chance(this.#faults.restore)) {
      for (const operation of region.restoreBackup()) this.#history.lostWithBackup.add(dotKey(operation.dot));
      this.#forgetMessagesOf(region);
    }
    if (random.chance(0.02)) hub.checkpoint();
    if (random.chance(this.#faults.failOver) && hub.failOver()) {
      this.#network = [];
      this.#history.failOvers++;
    }
    if (random.chance(this.#faults.collect)) hub.collect(random.below(60), random.chance(0.5));
  }

  #forgetMessagesOf(region: TestRegion): void {
    this.#network = this.#network.filter((message) => message.region !== region);
  }
}
