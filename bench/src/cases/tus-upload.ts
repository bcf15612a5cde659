import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import type { BenchCase } from '../bench-context.ts';
import { processFile, runToEnd, startServing } from '../child-process.ts';
import { othersOf, waitUntilHeld } from '../other-regions.ts';
import { median, rounded, toRow } from '../row.ts';

/** One large upload over tus: cut, hashed and flushed by an edge, against the reference server writing a plain file. */
export const tusUpload: BenchCase = {
  name: 'tus-upload',
  run: async ({ sizes, folder, seed, cluster }) => {
    const size = sizes.singleFileBytes;
    const running = await cluster();
    const peerFolder = join(folder, 'tus-peer');
    mkdirSync(peerFolder, { recursive: true });
    const peer = await startServing(processFile('tus-peer.ts'), [peerFolder]);
    const upload = async (endpoint: string, token: string, round: number) => {
      const args = [endpoint, token, `/bench/upload ${round}.bin`, `${seed} upload ${round}`, String(size)];
      return (await runToEnd<{ seconds: number }>(processFile('tus-upload-client.ts'), args)).seconds;
    };
    const ours = async (round: number) => {
      const seconds = await upload(`${running.regions.beijing.url}/tus`, running.token, round);
      await waitUntilHeld(othersOf(running), `/bench/upload ${round}.bin`);
      return seconds;
    };
    try {
      const seconds = await alternate(sizes.rounds, ours, (round) => upload(peer.url, '-', round));
      const rate = (values: readonly number[]) => values.map((value) => size / 2 ** 20 / value);
      return [
        toRow({
          case: 'tus upload of one large file',
          value: median(rate(seconds.ours)),
          unit: 'MiB/s',
          peer: { name: '@tus/server with @tus/file-store', value: median(rate(seconds.theirs)) },
          target: { ratioMin: 1.2 },
          detail: { bytes: size, seconds: seconds.ours.map(rounded), peerSeconds: seconds.theirs.map(rounded) },
        }),
      ];
    } finally {
      await peer.stop();
      rmSync(peerFolder, { recursive: true, force: true });
    }
  },
};
