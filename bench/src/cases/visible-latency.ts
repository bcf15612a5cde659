import { setTimeout as sleep } from 'node:timers/promises';
import type { EdgeCalls } from '../../../e2e/src/edge-calls.ts';
import { randomBytes, seededRandom } from '../../../e2e/src/random-bytes.ts';
import type { BenchCase } from '../bench-context.ts';
import { edgeOf, othersOf } from '../other-regions.ts';
import { quantile, rounded, toRow } from '../row.ts';

/** An event that is lost would be waited for for ever. */
const lateMs = 30_000;

/** From the answer to a small write at Beijing until both others list it. */
export const visibleLatency: BenchCase = {
  name: 'visible-latency',
  run: async ({ sizes, seed, cluster, syncthing }) => {
    const peer = await syncthing();
    const running = await cluster();
    const beijing = edgeOf(running, 'beijing');
    const stop = new AbortController();
    const watchers = await Promise.all(othersOf(running).map((edge) => watch(edge, stop.signal)));
    const random = seededRandom(1);
    const latenciesMs: number[] = [];
    try {
      for (let index = 0; index < sizes.latencyWrites; index++) {
        const path = `/bench-latency/${index}.bin`;
        await beijing.put(path, randomBytes(`${seed} latency ${index}`, 4096));
        const acknowledgedMs = performance.now();
        const seenMs = await Promise.all(watchers.map((watcher) => watcher.seen(path)));
        latenciesMs.push(Math.max(0, ...seenMs.map((ms) => ms - acknowledgedMs)));
        await sleep(random() * 40);
      }
    } finally {
      stop.abort();
    }
    for (const edge of othersOf(running))
      if ((await edge.list('/bench-latency')).length !== sizes.latencyWrites) throw new Error('seen, but not listed');
    const peerMs = 'skipped' in peer ? peer : peer.latencySeconds * 1000;
    const row = (name: string, share: number, max: number) =>
      toRow({
        case: `acknowledged to visible in both other regions, ${name}`,
        value: quantile(latenciesMs, share),
        unit: 'ms',
        peer: { name: 'Syncthing, median', value: peerMs },
        target: { max },
        detail: { writes: sizes.latencyWrites, maxMs: rounded(Math.max(...latenciesMs)) },
      });
    return [row('p50', 0.5, 50), row('p99', 0.99, 250)];
  },
};

interface Watcher {
  /** Resolves at the moment when the edge has answered that it lists the path, asked again after each of its `changed` events. */
  seen(path: string): Promise<number>;
}

async function watch(edge: EdgeCalls, signal: AbortSignal): Promise<Watcher> {
  let changed = Promise.withResolvers<void>();
  await new Promise<void>((resolve, reject) => {
    const watching = edge.client.watch('demo', {
      signal,
      onLive: (live) => live && resolve(),
      onEvent: () => {
        changed.resolve();
        changed = Promise.withResolvers();
      },
    });
    watching.catch(reject);
  });
  return {
    seen: async (path) => {
      for (const startedMs = performance.now(); performance.now() - startedMs < lateMs; ) {
        const next = changed.promise;
        if (await isListed(edge, path)) return performance.now();
        await Promise.race([next, sleep(lateMs, undefined, { ref: false })]);
      }
      throw new Error(`${path} did not become visible at ${edge.url} in ${lateMs} ms`);
    },
  };
}

const isListed = (edge: EdgeCalls, path: string): Promise<boolean> =>
  edge.stat(path).then(
    () => true,
    () => false,
  );
