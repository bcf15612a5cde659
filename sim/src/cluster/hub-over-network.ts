import { JzseError } from '@jzse/api';
import type { HubServices, WakeUp } from '@jzse/api/hub';
import type { RegionId } from '@jzse/sync';
import type { HubPort } from '../../../apps/edge-node/src/replicate/hub-port.ts';
import { createWakeUpQueue } from '../../../apps/edge-node/src/replicate/wake-up-queue.ts';
import type { Life } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';
import type { SimHub } from './sim-hub.ts';
import { serving } from './sim-hub.ts';

const batchTimeoutMs = 30_000;
const questionTimeoutMs = 5_000;
/** As over HTTP: the hub says that it is there, and a stream that is silent for longer is dead. */
const pingMs = 5_000;
const silenceMs = 15_000;

const batches = [
  'push',
  'pull',
  'snapshotHead',
  'snapshotPage',
  'transfers',
  'rowDots',
  'operationsUnder',
  'raiseEpoch',
  'report',
  'verify',
  'digestNode',
  'seed',
  'treeAt',
] as const;
const questions = [
  'register',
  'locate',
  'holders',
  'resolvePath',
  'heartbeat',
  'regions',
  'policy',
  'mergeWork',
  'mergeStates',
  'raise',
] as const;

/** The hub as a region reaches it: every call over the network, to whatever process of the hub runs when it arrives. */
export function hubOverNetwork(world: World, hub: SimHub, from: Life): HubPort {
  const asked =
    (name: string, timeoutMs: number) =>
    (...args: unknown[]): Promise<unknown> =>
      world.network.call({ from, to: hub.node, timeoutMs, serve: () => answer(world, hub, name, args) });
  const calls = [
    ...batches.map((name) => [name, asked(name, batchTimeoutMs)]),
    ...questions.map((name) => [name, asked(name, questionTimeoutMs)]),
  ];
  return { ...Object.fromEntries(calls), wakeUps: wakeUpsOverNetwork(world, hub, from) } as HubPort;
}

async function answer(...[world, hub, name, args]: [World, SimHub, string, readonly unknown[]]): Promise<unknown> {
  const method = serving(hub)[name as keyof HubServices] as (...given: readonly unknown[]) => Promise<unknown>;
  try {
    return await method(...args);
  } catch (cause) {
    if (cause instanceof JzseError && cause.code !== 'internal') throw cause;
    const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    world.fail(`the hub failed at ${name}: ${message}`);
    throw new JzseError('internal', message);
  }
}

function wakeUpsOverNetwork(world: World, hub: SimHub, from: Life): HubPort['wakeUps'] {
  return async function* (region, signal) {
    const queue = createWakeUpQueue();
    let heardMs = world.time.nowMs();
    const heard = (): void => {
      heardMs = world.time.nowMs();
    };
    const broken = (why: string): void => queue.fail(new JzseError('hub-unreachable', `the wake-ups of the hub ended: ${why}`));
    await world.network.call({
      from,
      to: hub.node,
      timeoutMs: questionTimeoutMs,
      serve: async (life) => pump(world, { hub, life, from, region, signal, heard, push: queue.push, broken }),
    });
    heard();
    const watch = setInterval(() => world.time.nowMs() - heardMs > silenceMs && broken('silence'), pingMs);
    try {
      yield* queue.read(signal);
    } finally {
      clearInterval(watch);
    }
  };
}

interface Stream {
  readonly hub: SimHub;
  readonly life: Life;
  readonly from: Life;
  readonly region: RegionId;
  readonly signal: AbortSignal;
  readonly heard: () => void;
  readonly push: (wakeUp: WakeUp) => void;
  readonly broken: (why: string) => void;
}

/** Runs at the hub, until either process ends. What is sent arrives in order, or the connection breaks. */
function pump(world: World, stream: Stream): void {
  const { hub, from } = stream;
  const ended = new AbortController();
  const send = inOrder((arrive) => world.network.send(hub.node, from.node, () => from.run(arrive)), stream.heard);
  const ping = setInterval(() => (from.isAlive && !stream.signal.aborted ? send(() => undefined) : end()), pingMs);
  const end = (): void => {
    clearInterval(ping);
    forget();
    ended.abort();
  };
  const forget = hub.onEnd(() => {
    forget();
    if (from.isAlive) send(() => stream.broken('the hub ended'));
  });
  forward(stream, ended.signal, send).catch(() => send(() => stream.broken('the hub ended')));
}

async function forward({ hub, region, push }: Stream, signal: AbortSignal, send: (arrive: () => void) => void): Promise<void> {
  for await (const wakeUp of serving(hub).wakeUps(region, signal)) send(() => push(wakeUp));
}

/** What arrives early waits for what was sent before it; where that is lost, nothing more is heard. */
function inOrder(post: (arrive: () => void) => void, heard: () => void): (arrive: () => void) => void {
  const waiting = new Map<number, () => void>();
  let sent = 0;
  let next = 1;
  return (arrive) => {
    const mine = ++sent;
    post(() => {
      waiting.set(mine, arrive);
      for (let first = waiting.get(next); first !== undefined; first = waiting.get(next)) {
        waiting.delete(next++);
        heard();
        first();
      }
    });
  };
}
