import { type SeededRandom, seededRandom } from '../core/seeded-random.ts';
import type { ClientAction, Fault, Plan, Step } from './steps.ts';

const folders = ['', 'a', 'b', 'a/b', 'A'];
const files = ['x', 'y', 'X', 'z'];
const skewsMs = [-300_000, -2_000, 0, 0, 500, 30_000, 120_000, 3_600_000];

type Weighted<T> = readonly (readonly [number, () => T])[];

function draw<T>(random: SeededRandom, choices: Weighted<T>): T {
  let left = random.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of choices) {
    left -= weight;
    if (left < 0) return make();
  }
  throw new Error('nothing to draw from');
}

/** All that people do and all that goes wrong in one run, before it begins: so that parts can be left out of it. */
export function drawPlan(seed: number): Plan {
  const random = seededRandom(seed * 2 + 1);
  const regions = draw(random, [
    [5, () => 2],
    [8, () => 3],
    [2, () => 4],
    [1, () => 5],
  ]);
  const count = 60 + random.below(60);
  const paceMs = random.pick([200, 1_000, 3_000]);
  const faultChance = random.pick([0.08, 0.2, 0.35]);
  const kinds = drawKinds(random);
  const steps: Step[] = [];
  let atMs = 500;
  for (let at = 0; at < count; at++) {
    atMs += random.below(paceMs * 2);
    const action = random.chance(faultChance)
      ? drawFault({ random, regions, paceMs, kinds })
      : { ...drawAction(random, at), region: random.below(regions) };
    steps.push({ atMs, action });
  }
  return { seed, regions, merge: drawRules(seed), steps };
}

/** From numbers of their own: the rest of a seed's plan is as it was before there were merges. */
function drawRules(seed: number): Plan['merge'] {
  const random = seededRandom(seed * 2 + 1_000_000_000);
  if (random.chance(0.6)) return [];
  const strategies = ['lines', 'keep-both', 'text', 'json'] as const;
  return files.slice(0, 1 + random.below(files.length)).map((glob) => ({ glob, strategy: random.pick(strategies) }));
}

/** Most runs know only some kinds of disaster: rare ones would hide what the others break. */
function drawKinds(random: SeededRandom): ReadonlySet<Fault['do']> {
  const kinds = new Set<Fault['do']>(['crash', 'stop', 'cut', 'weather']);
  for (const [kind, chance] of [
    ['clock', 0.4],
    ['disk-full', 0.3],
    ['restore-hub', 0.35],
    ['lose-hub', 0.08],
    ['restore-region', 0.25],
    ['wipe-region', 0.2],
    ['sleep', 0.3],
  ] as const)
    if (random.chance(chance)) kinds.add(kind);
  if (kinds.has('restore-hub') || random.chance(0.3)) kinds.add('copy-hub');
  if (kinds.has('restore-region')) kinds.add('copy-region');
  return kinds;
}

function drawAction(random: SeededRandom, value: number): ClientAction {
  const path = (): string => {
    const folder = random.pick(folders);
    return `/${folder === '' ? '' : `${folder}/`}${random.pick(files)}`;
  };
  const folder = (): string => `/${random.pick(folders.slice(1))}`;
  const any = (): string => (random.chance(0.7) ? path() : folder());
  return draw<ClientAction>(random, [
    [34, () => ({ do: 'write', path: path(), value, base: 'shown' })],
    [8, () => ({ do: 'write', path: path(), value, base: 'stale' })],
    [7, () => ({ do: 'write-if', path: path(), value, expects: random.pick(['current', 'current', 'nothing', 'stale']) })],
    [5, () => ({ do: 'read', path: path() })],
    [6, () => ({ do: 'make-folder', path: folder() })],
    [14, () => ({ do: 'move', from: any(), to: any() })],
    [9, () => ({ do: 'delete', path: path() })],
    [5, () => ({ do: 'delete', path: folder() })],
    [6, () => ({ do: 'restore', path: any(), nth: random.below(3) })],
    [5, () => ({ do: 'resolve', path: path(), choice: random.pick(['first', 'last', 'keep-both']) })],
    [2, () => ({ do: 'undo', nth: random.below(3) })],
  ]);
}

interface FaultDraw {
  readonly random: SeededRandom;
  readonly regions: number;
  readonly paceMs: number;
  readonly kinds: ReadonlySet<Fault['do']>;
}

function drawFault({ random, regions, paceMs, kinds }: FaultDraw): Fault {
  const node = (): number => random.below(regions + 1);
  const region = (): number => random.below(regions);
  const forMs = (): number => random.below(paceMs * 30);
  const all: readonly (readonly [number, Fault['do'], () => Fault])[] = [
    [8, 'crash', () => ({ do: 'crash', node: node(), points: 1 + random.below(40), downMs: random.below(paceMs * 10) })],
    [3, 'stop', () => ({ do: 'stop', node: node(), forMs: random.chance(0.3) ? 70_000 : forMs() })],
    [6, 'cut', () => ({ do: 'cut', ...twoNodes(random, regions), bothWays: random.chance(0.6), forMs: forMs() })],
    [3, 'weather', () => drawWeather(random)],
    [2, 'clock', () => ({ do: 'clock', node: node(), skewMs: random.pick(skewsMs) })],
    [2, 'disk-full', () => ({ do: 'disk-full', region: region(), forMs: forMs() })],
    [3, 'copy-hub', () => ({ do: 'copy-hub' })],
    [2, 'restore-hub', () => ({ do: 'restore-hub', downMs: random.below(paceMs * 5) })],
    [1, 'lose-hub', () => ({ do: 'lose-hub' })],
    [3, 'copy-region', () => ({ do: 'copy-region', region: region() })],
    [2, 'restore-region', () => ({ do: 'restore-region', region: region() })],
    [2, 'wipe-region', () => ({ do: 'wipe-region', region: region() })],
    [1, 'sleep', () => ({ do: 'sleep', days: random.pick([1, 8, 40]) })],
  ];
  return draw(
    random,
    all.filter(([, kind]) => kinds.has(kind)).map(([weight, , make]) => [weight, make] as const),
  );
}

function twoNodes(random: SeededRandom, regions: number): { readonly from: number; readonly to: number } {
  const from = random.below(regions + 1);
  return { from, to: (from + 1 + random.below(regions)) % (regions + 1) };
}

const drawWeather = (random: SeededRandom): Fault => ({
  do: 'weather',
  latencyMs: random.pick([2, 20, 150]),
  lossChance: random.pick([0, 0, 0.03, 0.2]),
  repeatChance: random.pick([0, 0.05, 0.3]),
});
