import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { randomBlocks } from '../../../e2e/src/random-bytes.ts';
import { alternate } from '../alternate.ts';
import type { BenchCase } from '../bench-context.ts';
import { processFile, runToEnd, startServing } from '../child-process.ts';
import { edgeOf, othersOf, waitUntilHeld } from '../other-regions.ts';
import { median, rounded, toRow } from '../row.ts';

/** A held file read back, every chunk verified, against the same bytes served from a plain file. */
export const download: BenchCase = {
  name: 'download',
  run: async ({ sizes, folder, seed, cluster }) => {
    const size = sizes.singleFileBytes;
    const running = await cluster();
    const peerFolder = join(folder, 'static-peer');
    mkdirSync(peerFolder, { recursive: true });
    const blocks = () => Readable.from(randomBlocks(`${seed} download`, size), { highWaterMark: 2 });
    await pipeline(blocks(), createWriteStream(join(peerFolder, 'file.bin')));
    const body = Readable.toWeb(blocks()) as ReadableStream<Uint8Array>;
    await edgeOf(running, 'beijing').client.files.put({ space: 'demo', path: '/bench/download.bin' }, body);
    await waitUntilHeld(othersOf(running), '/bench/download.bin');
    const peer = await startServing(processFile('static-peer.ts'), [peerFolder]);
    const read = async (url: string, token: string) => {
      const result = await runToEnd<{ seconds: number; bytes: number }>(processFile('download-client.ts'), [url, token]);
      if (result.bytes !== size) throw new Error(`${url} gave ${result.bytes} of ${size} bytes`);
      return result.seconds;
    };
    try {
      const seconds = await alternate(
        sizes.rounds,
        () => read(`${running.regions.beijing.url}/files/demo/bench/download.bin`, running.token),
        () => read(`${peer.url}/file.bin`, '-'),
      );
      const rate = (values: readonly number[]) => values.map((value) => size / 2 ** 20 / value);
      return [
        toRow({
          case: 'download of one large file',
          value: median(rate(seconds.ours)),
          unit: 'MiB/s',
          peer: { name: '@fastify/static', value: median(rate(seconds.theirs)) },
          target: { ratioMin: 0.7 },
          detail: { bytes: size, seconds: seconds.ours.map(rounded), peerSeconds: seconds.theirs.map(rounded) },
        }),
      ];
    } finally {
      await peer.stop();
      rmSync(peerFolder, { recursive: true, force: true });
    }
  },
};
