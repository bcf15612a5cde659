import type { SimCluster } from '../cluster/sim-cluster.ts';
import { space } from '../cluster/sim-hub.ts';
import type { SimRegion } from '../cluster/sim-region.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';
import type { Fault } from './steps.ts';

export interface InjectDeps {
  readonly world: World;
  readonly cluster: SimCluster;
  /** A process of a region runs again, after whatever became of it. */
  readonly onStarted: (region: SimRegion) => Promise<void>;
}

const dayMs = 86_400_000;

/** Lets a fault happen; what ends it comes by itself, later. */
export function inject(deps: InjectDeps, fault: Fault): void {
  const { world, cluster } = deps;
  const { hub, regions, nodes } = cluster;
  const later = (ms: number, work: () => void | Promise<void>): void =>
    void world.time
      .sleep(ms)
      .then(work)
      .catch((cause: unknown) => world.fail(`a fault could not be ended: ${String(cause)}`));
  const region = (at: number): SimRegion => regions[at] as SimRegion;
  switch (fault.do) {
    case 'crash': {
      const node = nodes[fault.node] as SimNode;
      node.life?.killAfter(fault.points, () => {
        world.tell(`${node.name} is killed`);
        killNode(cluster, node);
        later(fault.downMs, () => startNode(deps, node));
      });
      return;
    }
    case 'stop': {
      const life = nodes[fault.node]?.life;
      life?.stop();
      return later(fault.forMs, () => life?.goOn());
    }
    case 'cut': {
      const [from, to] = [nodes[fault.from] as SimNode, nodes[fault.to] as SimNode];
      const pairs = fault.bothWays ? [[from, to] as const, [to, from] as const] : [[from, to] as const];
      for (const [left, right] of pairs) world.network.cut(left, right);
      return later(fault.forMs, () => {
        for (const [left, right] of pairs) world.network.heal(left, right);
      });
    }
    case 'weather':
      world.network.weather = fault;
      return;
    case 'clock':
      (nodes[fault.node] as SimNode).skewMs = fault.skewMs;
      return;
    case 'disk-full': {
      const { node } = region(fault.region);
      node.isDiskFull = true;
      return later(fault.forMs, () => {
        node.isDiskFull = false;
      });
    }
    case 'copy-hub':
      return later(0, () => hub.copy().catch(() => undefined));
    case 'restore-hub':
      if (!hub.hasCopy()) return;
      hub.kill();
      return later(fault.downMs, () => hub.restore());
    case 'lose-hub':
      return later(0, () => loseHub(deps));
    case 'copy-region':
      return region(fault.region).save();
    case 'restore-region':
      if (region(fault.region).hasCopy()) exchange(deps, region(fault.region), 'copy');
      return;
    case 'wipe-region':
      return exchange(deps, region(fault.region), 'nothing');
    case 'sleep':
      // A backup is never older than what regions are told that it holds.
      hub.saveNow();
      world.time.skip(fault.days * dayMs);
  }
}

/**
 * With all its copies. Only while regions keep every row: where some have dropped rows that copies of the hub held, and others have
 * not, the hub cannot be rebuilt from the furthest, because the others are sooner with what they can offer.
 */
async function loseHub({ world, cluster: { hub } }: InjectDeps): Promise<void> {
  if ((await hub.database().safe(space)) > 0) return;
  world.tell('the hub loses its database');
  await hub.lose();
}

function exchange(deps: InjectDeps, region: SimRegion, from: 'copy' | 'nothing'): void {
  region.exchange(from);
  void startNode(deps, region.node);
}

function killNode({ hub, regions }: SimCluster, node: SimNode): void {
  if (node === hub.node) hub.kill();
  else regions.find((region) => region.node === node)?.kill();
}

/** Starts what is down. */
export async function startNode({ cluster, onStarted }: InjectDeps, node: SimNode): Promise<void> {
  if (node.life !== null) return;
  const region = cluster.regions.find((each) => each.node === node);
  if (region === undefined) return cluster.hub.start();
  await region.start();
  await onStarted(region);
}

/** All that is wrong is over; clocks stay as they are. A start is not waited for: what ends an earlier fault may still put another process in its place. */
export function healAll(deps: InjectDeps): void {
  const { world, cluster } = deps;
  world.network.healAll();
  world.network.weather = { latencyMs: 5, lossChance: 0, repeatChance: 0 };
  for (const node of cluster.nodes) {
    node.isDiskFull = false;
    node.life?.goOn();
    node.life?.spare();
    void startNode(deps, node);
  }
}
