import { startCluster, type TestCluster } from '../../../e2e/src/cluster.ts';
import { randomBytes } from '../../../e2e/src/random-bytes.ts';
import type { BenchCase, Sizes } from '../bench-context.ts';
import { processFile, runToEnd } from '../child-process.ts';
import { edgeOf } from '../other-regions.ts';
import type { Load, LoadFigures } from '../processes/load-client.ts';
import { type Row, rounded, toRow } from '../row.ts';

const files = 100;
const fileBytes = 4096;
/** Of what the edge can serve. */
const overload = 5;
const goodputMin = 0.8;
const slowdownMax = 5;
/** What one program may do is not what is measured here. */
const withoutRates = {
  JZSE_RATE_PER_ADDRESS: 'off',
  JZSE_RATE_ANONYMOUS: 'off',
  JZSE_RATE_PER_USER: 'off',
  JZSE_RATE_PER_TOKEN: 'off',
  JZSE_STRANGER_CONNECTIONS_MAX: '5000',
};

const kinds = [
  { what: 'GET of 4 KiB', request: { method: 'GET', path: '/files/demo/bench-load/{n}.bin', bodyBytes: 0 } },
  { what: 'PUT of 1 KiB', request: { method: 'PUT', path: '/files/demo/bench-load-put/{n}.bin', bodyBytes: 1024 } },
] as const;

/** Five times as many small requests as an edge can serve: how many it still serves, and how fast those are. */
export const overloadCase: BenchCase = {
  name: 'overload',
  run: async ({ sizes, seed }) => {
    const cluster = await startCluster({ env: withoutRates });
    try {
      const edge = edgeOf(cluster, 'beijing');
      for (let file = 0; file < files; file++) await edge.put(`/bench-load/${file}.bin`, randomBytes(`${seed} load ${file}`, fileBytes));
      const rows: Row[] = [];
      for (const kind of kinds) rows.push(...(await measure(cluster, sizes, kind)));
      return rows;
    } finally {
      await cluster.stop();
    }
  },
};

async function measure(cluster: TestCluster, sizes: Sizes, { what, request }: (typeof kinds)[number]): Promise<readonly Row[]> {
  const run = (load: Pick<Load, 'perSecond' | 'connectionsMax'>): Promise<LoadFigures> => {
    const { url } = cluster.regions.beijing;
    const seconds = { seconds: sizes.loadSeconds, warmSeconds: sizes.loadSeconds / 4 };
    return runToEnd(processFile('load-client.ts'), [
      JSON.stringify({ url, token: cluster.token, requests: [request], paths: files, ...seconds, ...load } satisfies Load),
    ]);
  };
  await run({ perSecond: null, connectionsMax: 8 });
  const { okPerSecond: best } = await run({ perSecond: null, connectionsMax: 64 });
  const unloaded = await run({ perSecond: best / 10, connectionsMax: 64 });
  const crowded = await run({ perSecond: best * overload, connectionsMax: 1_000 });
  const detail = {
    offeredPerSecond: rounded(best * overload),
    askedPerSecond: rounded(crowded.asked / crowded.seconds),
    refused: crowded.overloaded,
    others: crowded.others + crowded.limited,
    refusedAfterMs: crowded.refusedMs.p50,
  };
  return [
    toRow({
      case: `${what}, answered at ${overload} x what the edge can serve`,
      value: crowded.okPerSecond,
      unit: 'requests/s',
      peer: { name: 'the most it can serve', value: best },
      target: { ratioMin: goodputMin },
      detail,
    }),
    toRow({
      case: `${what}, p99 of those answered at ${overload} x what the edge can serve`,
      value: crowded.okMs.p99,
      unit: 'ms',
      peer: { name: 'p99 at a tenth of the most', value: unloaded.okMs.p99 },
      target: { max: unloaded.okMs.p99 * slowdownMax },
      detail: { p50: crowded.okMs.p50, unloadedP50: unloaded.okMs.p50 },
    }),
  ];
}
