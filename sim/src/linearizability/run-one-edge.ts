import { JzseError } from '@jzse/api';
import { dotKey, splitPath, winner } from '@jzse/sync';
import { moveEntry, removeEntry } from '../../../apps/edge-node/src/write/change-tree.ts';
import { commitFiles } from '../../../apps/edge-node/src/write/commit-files.ts';
import { storeBytes } from '../../../apps/edge-node/src/write/store-bytes.ts';
import { createSimCluster } from '../cluster/sim-cluster.ts';
import { space } from '../cluster/sim-hub.ts';
import type { RunningRegion, SimRegion } from '../cluster/sim-region.ts';
import type { SeededRandom } from '../core/seeded-random.ts';
import { installSimulatedTime } from '../world/simulated-time.ts';
import { createWorld, type World } from '../world/world.ts';
import { checkLinearizable, type Verdict } from './check-linearizable.ts';
import type { Answer, Call, Condition, Operation } from './history.ts';
import { createHistoryRecorder, type HistoryRecorder } from './record-history.ts';

/** Faults of an edge, to see that they are found. */
export type EdgeFault = 'reads-are-old' | 'condition-checked-before';
export interface OneEdgeRun {
  readonly operations: readonly Operation[];
  readonly verdict: Verdict;
}

const clients = 6;
const callsPerClient = 25;
const kills = 2;
const paths = ['/one', '/two', '/three'];
const pauseMsMax = 15;
const lookMs = 50;

/** Concurrent clients of one region in a world of its own, whose process dies now and then; checked as one history. */
export async function runOneEdge(seed: number, fault: EdgeFault | null = null): Promise<OneEdgeRun> {
  const time = installSimulatedTime();
  const world = createWorld(time, seed);
  const cluster = createSimCluster({
    world,
    regions: 1,
    aroundHub: (store) => store,
    aroundRegion: (store) => store,
    aroundPort: (port) => port,
    flushLateMs: 0,
  });
  const recorder = createHistoryRecorder();
  try {
    await time.drive(
      (async () => {
        await cluster.start();
        const region = cluster.regions[0] as SimRegion;
        while (region.bare?.replica() == null || !(await region.bare.listSpaces()).includes(space)) await time.sleep(lookMs);
        const state = { isOver: false };
        const killing = killNowAndThen(world, region, state);
        const edge = { world, region, recorder, fault, shown: new Map() };
        const work = Array.from({ length: clients }, (_, at) => runClient({ ...edge, name: `client${at}` }));
        await Promise.all(work);
        state.isOver = true;
        await killing;
      })(),
    );
  } finally {
    cluster.end();
    time.uninstall();
  }
  const operations = recorder.operations();
  return { operations, verdict: checkLinearizable(operations) };
}

async function killNowAndThen(world: World, region: SimRegion, state: { readonly isOver: boolean }): Promise<void> {
  const random = world.random('kills');
  for (let kill = 0; kill < kills; kill++) {
    await world.time.sleep(100 + random.below(400));
    if (state.isOver || region.node.life === null) return;
    region.node.life.killAfter(1 + random.below(20), region.kill);
    while (region.node.life !== null && !state.isOver) await world.time.sleep(lookMs);
    await region.start();
  }
}

interface Client {
  readonly world: World;
  readonly region: SimRegion;
  readonly recorder: HistoryRecorder;
  readonly fault: EdgeFault | null;
  /** What the fault of old reads shows again for a while. */
  readonly shown: Map<string, Shown>;
  readonly name: string;
}
interface Shown {
  readonly value: string | null;
  readonly untilMs: number;
}
/** What a client knows: values with their versions, the last one seen last. */
type Versions = Map<string, string>;

async function runClient(client: Client): Promise<void> {
  const { world, region, recorder, name } = client;
  const random = world.random(name);
  const versions: Versions = new Map();
  for (let round = 0; round < callsPerClient; ) {
    await world.time.sleep(random.below(pauseMsMax));
    const { running } = region;
    if (running === null) continue;
    const call = drawCall(random, versions, `${name}.${round++}`);
    await recorder.record(name, call, () => ask(client, running, { call, versions }));
  }
}

function drawCall(random: SeededRandom, versions: Versions, value: string): Call {
  const [path, other] = [random.pick(paths), random.pick(paths)];
  const kind = random.next();
  if (kind < 0.35) return { type: 'read', path };
  if (kind < 0.72) return { type: 'write', path, value, condition: random.chance(0.4) ? null : drawCondition(random, versions) };
  if (kind < 0.82) return { type: 'delete', path, condition: null };
  return { type: 'move', from: path, to: other };
}

function drawCondition(random: SeededRandom, versions: Versions): Condition {
  const value = [...versions.keys()].at(-1);
  return value === undefined || random.chance(0.2) ? { type: 'absent' } : { type: 'value', value };
}

interface Asked {
  readonly call: Call;
  readonly versions: Versions;
}

/** Null: the process died before it answered. */
async function ask(client: Client, running: RunningRegion, asked: Asked): Promise<Answer | null> {
  const { world } = client;
  let answer: Answer | null = null;
  let failure: unknown = null;
  world.time.as(running.life, () => {
    perform({ ...client, running }, asked).then(
      (given) => {
        answer = given;
      },
      (cause: unknown) => {
        failure = cause;
      },
    );
  });
  while (answer === null && failure === null && running.life.isAlive) await world.time.sleep(1);
  if (failure !== null) throw failure;
  return answer;
}

interface Edge extends Client {
  readonly running: RunningRegion;
}

async function perform(edge: Edge, { call, versions }: Asked): Promise<Answer> {
  const { region, running } = edge;
  const { write } = running;
  const { author } = region;
  try {
    if (call.type === 'read') return { type: 'value', value: await read(edge, call.path, versions) };
    if (call.type === 'write') await change(edge, call, versions);
    else if (call.type === 'move') await moveEntry(write, { space, from: call.from, to: call.to, author });
    else await removeEntry(write, { space, names: splitPath(call.path), author, condition: { ifMatch: null, ifNoneMatch: null } });
    return { type: 'done' };
  } catch (cause) {
    const code = cause instanceof JzseError ? cause.code : null;
    if (code === 'precondition-failed' || code === 'unknown-path' || code === 'already-exists') return { type: 'refused', reason: code };
    throw cause;
  }
}

async function read(edge: Edge, path: string, versions: Versions): Promise<string | null> {
  const { running, fault, shown, world } = edge;
  const kept = shown.get(path);
  if (fault === 'reads-are-old' && kept !== undefined && kept.untilMs > world.time.nowMs()) return kept.value;
  const entry = await running.store.entryAtPath(space, splitPath(path));
  const version = entry === null ? null : winner(entry);
  const bytes = version === null ? null : await running.read.chunks.get(version.content.hash);
  const value = version === null ? null : Buffer.from(bytes ?? []).toString();
  if (version !== null && value !== null) note(versions, value, dotKey(version.dot));
  shown.set(path, { value, untilMs: world.time.nowMs() + oldMs });
  return value;
}

const oldMs = 20;

async function change({ region, running, fault }: Edge, call: Extract<Call, { type: 'write' }>, versions: Versions): Promise<void> {
  const { path, value, condition } = call;
  const stored = await storeBytes(running.write, Uint8Array.from(Buffer.from(value)));
  const isChecked = fault !== 'condition-checked-before';
  if (!isChecked) await checkBefore(running, call, versions);
  const file = {
    path,
    ...stored,
    mediaType: null,
    modifiedMs: null,
    base: null,
    ifMatch: isChecked && condition?.type === 'value' ? (versions.get(condition.value) ?? '') : null,
    ifAbsent: isChecked && condition?.type === 'absent',
  };
  const [outcome] = await commitFiles(running.write, { space, files: [file], author: region.author });
  if (outcome?.version != null) note(versions, value, dotKey(outcome.version));
}

/** The fault: what was so when it was looked at need not be so when it is committed. */
async function checkBefore(
  running: RunningRegion,
  { path, condition }: Extract<Call, { type: 'write' }>,
  versions: Versions,
): Promise<void> {
  const entry = await running.store.entryAtPath(space, splitPath(path));
  const dot = entry === null ? null : winner(entry)?.dot;
  const shown = dot === null || dot === undefined ? null : dotKey(dot);
  const isRefused = condition !== null && shown !== (condition.type === 'absent' ? null : versions.get(condition.value));
  if (isRefused) throw new JzseError('precondition-failed', 'the file is not at the version that was named');
}

function note(versions: Versions, value: string, version: string): void {
  versions.delete(value);
  versions.set(value, version);
}
