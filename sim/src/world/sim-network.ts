import { JzseError } from '@jzse/api';
import type { SeededRandom } from '../core/seeded-random.ts';
import type { Life, SimNode } from './sim-node.ts';
import type { SimulatedTime } from './simulated-time.ts';

export interface Weather {
  readonly latencyMs: number;
  readonly lossChance: number;
  readonly repeatChance: number;
}
export interface Call<T> {
  readonly from: Life;
  readonly to: SimNode;
  readonly timeoutMs: number;
  /** Runs at the other side, as code of its process. */
  readonly serve: (life: Life) => Promise<T>;
}
export interface SimNetwork {
  weather: Weather;
  /** One way: nothing of `from` reaches `to`. */
  cut(from: SimNode, to: SimNode): void;
  heal(from: SimNode, to: SimNode): void;
  isCut(from: SimNode, to: SimNode): boolean;
  healAll(): void;
  /** Asks another machine. Request or answer may be lost, late, repeated, out of order. Rejects with `hub-unreachable` when no answer came in time. */
  call<T>(call: Call<T>): Promise<T>;
  /** One way, in no order, perhaps never. */
  send(from: SimNode, to: SimNode, deliver: () => void): void;
}

/** One message of so many takes much longer than others. */
const stragglerChance = 0.03;
const stragglerFactor = 40;

export function createNetwork(time: SimulatedTime, random: SeededRandom): SimNetwork {
  const cuts = new Set<string>();
  const key = (from: SimNode, to: SimNode): string => `${from.name} ${to.name}`;
  const delay = (): number => {
    const { latencyMs } = network.weather;
    return 1 + random.below(latencyMs * 2) + (random.chance(stragglerChance) ? latencyMs * random.below(stragglerFactor) : 0);
  };
  const deliver = (from: SimNode, to: SimNode, arrive: () => void): void => {
    if (cuts.has(key(from, to)) || random.chance(network.weather.lossChance)) return;
    setTimeout(() => !cuts.has(key(from, to)) && arrive(), delay());
  };
  const network: SimNetwork = {
    weather: { latencyMs: 5, lossChance: 0, repeatChance: 0 },
    cut: (from, to) => void cuts.add(key(from, to)),
    heal: (from, to) => void cuts.delete(key(from, to)),
    isCut: (from, to) => cuts.has(key(from, to)),
    healAll: () => cuts.clear(),
    send: (from, to, arrive) => outside(time, () => deliver(from, to, arrive)),
    call: <T>({ from, to, timeoutMs, serve }: Call<T>) =>
      new Promise<T>((resolve, reject) => {
        if (!from.isAlive) return;
        // The caller's own timer: a stopped process notices late, a dead one never.
        const timer = setTimeout(() => reject(unreachable(`${to.name} did not answer in ${timeoutMs} ms`)), timeoutMs);
        const settle = (end: () => void): void => {
          clearTimeout(timer);
          from.run(end);
        };
        const answer = (end: () => void): void => deliver(to, from.node, () => settle(end));
        const arrive = (): void => {
          const life = to.life;
          if (life === null) answer(() => reject(unreachable(`${to.name} refused the connection`)));
          else
            life.run(() =>
              time.as(life, () => {
                serve(life).then(
                  (value) => outside(time, () => answer(() => resolve(value))),
                  (cause: unknown) => outside(time, () => answer(() => reject(cause))),
                );
              }),
            );
        };
        outside(time, () => {
          deliver(from.node, to, arrive);
          if (random.chance(network.weather.repeatChance)) deliver(from.node, to, arrive);
        });
      }),
  };
  return network;
}

const unreachable = (message: string): JzseError => new JzseError('hub-unreachable', message);

const world = { run: (work: () => void): void => work() };
/** Messages under way belong to nobody: they arrive whatever becomes of who sent them. */
function outside(time: SimulatedTime, work: () => void): void {
  time.as(world, work);
}
