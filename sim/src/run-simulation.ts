import { defaultPolicy, JzseError } from '@jzse/api';
import type { FeedPosition } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';
import { contentIn } from './check/check-contents.ts';
import { checkEnd } from './check/check-end.ts';
import { whyNotMerged } from './check/why-not-merged.ts';
import { createWitness, describe, type Witness } from './check/witness.ts';
import { createSimCluster, type SimCluster } from './cluster/sim-cluster.ts';
import { space } from './cluster/sim-hub.ts';
import type { SimRegion } from './cluster/sim-region.ts';
import type { MutationName } from './mutations.ts';
import { mutationOf } from './mutations.ts';
import { act } from './plan/act.ts';
import { healAll, inject } from './plan/inject.ts';
import type { ClientAction, Plan, Step } from './plan/steps.ts';
import { installSimulatedTime } from './world/simulated-time.ts';
import { createWorld, Violation, type World } from './world/world.ts';

export interface SimulationOptions {
  readonly mutation?: MutationName | null;
}
export interface SimulationRun {
  /** What was broken; null: nothing. */
  readonly violation: string | null;
  /** Of all that happened: one seed, one hash. */
  readonly hash: string;
  readonly lines: readonly string[];
  readonly operations: number;
}

/** After the last fault everything must be exchanged within so much simulated time. */
const quietMsMax = 600_000;
const lookMs = 1_000;

/** Runs a plan in a world of its own, from start to a quiet end, and checks it. One at a time in a thread: it takes the thread's timers. */
export async function runSimulation(plan: Plan, options: SimulationOptions = {}): Promise<SimulationRun> {
  const time = installSimulatedTime();
  const world = createWorld(time, plan.seed);
  const witness = createWitness(world);
  const fault = mutationOf(options.mutation ?? null, world);
  const cluster = createSimCluster({
    world,
    regions: plan.regions,
    aroundHub: (store) => witness.watchHub(fault.aroundHub(store)),
    aroundRegion: (store, region) => witness.watchRegion(fault.aroundRegion(store, region), region),
    aroundPort: fault.aroundPort,
    flushLateMs: fault.flushLateMs,
  });
  const onRejection = (cause: unknown): void => world.fail(`a promise was rejected and nobody looked: ${stackOf(cause)}`);
  process.on('unhandledRejection', onRejection);
  let violation: string | null = null;
  try {
    await time.drive(runPlan({ world, cluster, witness, plan }));
  } catch (cause) {
    violation = cause instanceof Violation ? cause.message : `the run ended: ${stackOf(cause)}`;
  } finally {
    process.off('unhandledRejection', onRejection);
    cluster.end();
    time.uninstall();
  }
  return { violation, hash: world.hash(), lines: world.lines(), operations: witness.committed.length };
}

const stackOf = (cause: unknown): string => (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));

interface Run {
  readonly world: World;
  readonly cluster: SimCluster;
  readonly witness: Witness;
  readonly plan: Plan;
}

async function runPlan(run: Run): Promise<void> {
  const { world, cluster, witness, plan } = run;
  await cluster.start();
  await decideMerges(run);
  const deps = { world, cluster, onStarted: (region: SimRegion) => checkAfterStart(run, region) };
  let nowMs = 0;
  for (const step of plan.steps) {
    await world.time.sleep(step.atMs - nowMs);
    nowMs = step.atMs;
    world.throwIfBroken();
    if ('region' in step.action && isClient(step.action)) void runAction(run, step.action);
    else {
      world.tell(`fault ${JSON.stringify(step.action)}`);
      inject(deps, step.action as Parameters<typeof inject>[1]);
    }
  }
  healAll(deps);
  world.tell('all is healed');
  await untilQuiet(run);
  await checkEnd(world, cluster, witness);
}

/** Before anything goes wrong, so that it is known whether it was done. */
async function decideMerges({ world, cluster: { hub }, plan }: Run): Promise<void> {
  const services = hub.services();
  if (plan.merge.length === 0 || services === null || hub.node.life === null) return;
  await world.time.as(hub.node.life, () => services.setPolicy(space, { ...defaultPolicy, merge: [...plan.merge] }));
}

const faults = new Set(['disk-full', 'copy-region', 'restore-region', 'wipe-region']);
const isClient = (action: Step['action']): action is ClientAction & { readonly region: number } => !faults.has(action.do);

async function runAction({ world, cluster }: Run, action: ClientAction & { readonly region: number }): Promise<void> {
  const region = cluster.regions[action.region] as SimRegion;
  const { running } = region;
  if (running === null) return;
  try {
    const told = await world.time.as(running.life, () => act(region, running, action));
    world.tell(`${region.id} ${action.do}: ${told}`);
  } catch (cause) {
    if (cause instanceof JzseError && cause.code !== 'internal') world.tell(`${region.id} ${action.do}: ${cause.code}`);
    else if (running.life.isAlive) world.fail(`${region.id} failed at ${JSON.stringify(action)}: ${stackOf(cause)}`);
  }
}

/** What was flushed is there: writes of this disk, and all bytes of what is said to be held. */
async function checkAfterStart({ world, witness }: Run, region: SimRegion): Promise<void> {
  const { bare } = region;
  if (bare === null) return;
  for (const { operation, region: author, lives } of witness.committed) {
    if (author !== region.id || lives !== region.lives || !('content' in operation) || operation.content === null) continue;
    const version = await bare.version(space, operation.dot);
    const key = `${operation.dot.replica}/${operation.dot.counter}`;
    if (version === null && !witness.forgotten.has(key)) world.fail(`${region.id} lost ${key}, which it had flushed, by a restart`);
    if (version === null || !(await bare.isHeld(version.content.hash))) continue;
    if ((await contentIn(region, version.content)) === null) world.fail(`${region.id} says it holds ${key}, and lacks its bytes`);
  }
}

async function untilQuiet(run: Run): Promise<void> {
  const { world } = run;
  let why: string | null = null;
  for (let ms = 0; ms < quietMsMax; ms += lookMs) {
    await world.time.sleep(lookMs);
    world.throwIfBroken();
    why = await whyNotQuiet(run);
    if (why === null) return;
    await rebuildIfNeeded(run);
  }
  throw new Violation(`${quietMsMax / 1000} s after everything was healed: ${why}`);
}

async function whyNotQuiet({ cluster }: Run): Promise<string | null> {
  const { hub, regions } = cluster;
  const head: FeedPosition = (await hub.database().head(space)).position;
  for (const region of regions) {
    const { bare, running } = region;
    if (bare === null || running === null) return `${region.id} does not run`;
    if (bare.replica() === null) return `${region.id} is not registered`;
    if (!(await bare.listSpaces()).includes(space)) return `${region.id} does not know the space`;
    const outbox = await bare.outboxSize(space);
    if (outbox > 0) {
      const [first] = await bare.readOutbox(space, 1);
      const { acknowledged } = await hub.database().snapshotHead(space);
      const refusal = running.replication.refusal(space);
      return `${region.id} has ${outbox} operations that the hub has not (${refusal}), the first ${first === undefined ? '' : describe(first)}; the hub has ${JSON.stringify(acknowledged)}, ${region.id} ${JSON.stringify(await bare.acknowledgedCounters(space))}`;
    }
    const { position } = await bare.cursor(space);
    if (comparePositions(position, head) !== 0)
      return `${region.id} is at ${position.epoch}.${position.sequence}, the hub at ${head.epoch}.${head.sequence} (${running.replication.refusal(space)})`;
    if ((await bare.divergence(space)) !== null) return `${region.id} has diverged`;
  }
  return (await whyContentsMissing(cluster)) ?? (await whyNotMerged(cluster));
}

async function whyContentsMissing({ hub, regions }: SimCluster): Promise<string | null> {
  const { items } = await hub.database().snapshotPage(space, { after: null, limit: 100_000 });
  for (const effect of items) {
    if (effect.type !== 'version') continue;
    const { content } = effect.version;
    const lacking: SimRegion[] = [];
    for (const region of regions) if ((await contentIn(region, content)) === null) lacking.push(region);
    if (lacking.length > 0 && lacking.length < regions.length)
      return `${lacking.map(({ id }) => id).join()} lacks the bytes of ${effect.version.dot.replica}/${effect.version.dot.counter}`;
  }
  return null;
}

/** What an operator does whose regions refuse an empty hub. */
async function rebuildIfNeeded({ world, cluster }: Run): Promise<void> {
  const { hub, regions } = cluster;
  const services = hub.services();
  const { life } = hub.node;
  if (services === null || life === null || (await hub.database().head(space)).position.sequence > 0) return;
  if (!regions.some(({ running }) => running !== null && running.replication.refusal(space) !== null)) return;
  await world.time
    .as(life, () => services.rebuild({ space, from: null }))
    .then(
      ({ from }) => world.tell(`the hub is rebuilt from ${from}`),
      () => undefined,
    );
}
