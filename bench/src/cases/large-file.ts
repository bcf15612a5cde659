import { Readable } from 'node:stream';
import { randomBlocks } from '../../../e2e/src/random-bytes.ts';
import type { BenchCase } from '../bench-context.ts';
import { edgeOf, othersOf, waitUntilHeld } from '../other-regions.ts';
import { median, rounded, toRow } from '../row.ts';

/** A file that Beijing has acknowledged until both others hold it, as for Syncthing from saved to there. */
export const largeFile: BenchCase = {
  name: 'large-file',
  run: async ({ sizes, seed, cluster, syncthing }) => {
    const peer = await syncthing();
    const running = await cluster();
    const runs: { readonly put: number; readonly held: number }[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      const path = `/bench/large ${round}.bin`;
      const blocks = Readable.from(randomBlocks(`${seed} large ${round}`, sizes.replicatedMib << 20), { highWaterMark: 2 });
      const startedMs = performance.now();
      await edgeOf(running, 'beijing').client.files.put({ space: 'demo', path }, Readable.toWeb(blocks) as ReadableStream<Uint8Array>);
      const put = (performance.now() - startedMs) / 1000;
      await waitUntilHeld(othersOf(running), path);
      runs.push({ put, held: (performance.now() - startedMs) / 1000 - put });
    }
    const seconds = median(runs.map((run) => run.held));
    return [
      toRow({
        case: `${sizes.replicatedMib} MiB, acknowledged to held by both other regions`,
        value: sizes.replicatedMib / seconds,
        unit: 'MiB/s',
        peer: { name: 'Syncthing', value: 'skipped' in peer ? peer : peer.mibPerSecond },
        target: { ratioMin: 2 },
        detail: { putSeconds: runs.map((run) => rounded(run.put)), heldAfterSeconds: runs.map((run) => rounded(run.held)) },
      }),
    ];
  },
};
