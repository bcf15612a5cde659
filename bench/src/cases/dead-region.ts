import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { putFiles } from '@jzse/client/node';
import type { EdgeCalls } from '../../../e2e/src/edge-calls.ts';
import { randomBytes } from '../../../e2e/src/random-bytes.ts';
import type { BenchCase } from '../bench-context.ts';
import { edgeOf, othersOf, waitUntilFolderHeld } from '../other-regions.ts';
import { median, rounded, toRow } from '../row.ts';

const fileBytes = 4096;
const roundsMin = 3;

/** Many small files from Beijing to Shanghai while Shenzhen is there, and while it says nothing (its process is stopped), by turns. */
export const deadRegion: BenchCase = {
  name: 'dead-region',
  run: async ({ sizes, folder, seed, cluster }) => {
    const running = await cluster();
    const shanghai = edgeOf(running, 'shanghai');
    const pass = async (name: string, readers: readonly EdgeCalls[]): Promise<number> => {
      const source = join(folder, `dead-region ${name}`);
      mkdirSync(source);
      const names = Array.from({ length: sizes.smallFiles }, (_, index) => `${index}`.padStart(6, '0'));
      for (const file of names) writeFileSync(join(source, file), randomBytes(`${seed} dead ${name} ${file}`, fileBytes));
      const target = `/bench/dead ${name}`;
      const files = names.map((file) => ({ source: join(source, file), path: `${target}/${file}` }));
      const startedMs = performance.now();
      const { failed } = await putFiles(edgeOf(running, 'beijing').client, { space: 'demo', files });
      if (failed > 0) throw new Error(`${failed} files were not put`);
      const paths = files.map(({ path }) => path);
      await waitUntilFolderHeld([shanghai], target, paths);
      const seconds = (performance.now() - startedMs) / 1000;
      await waitUntilFolderHeld(readers, target, paths);
      return sizes.smallFiles / seconds;
    };
    const alive: number[] = [];
    const dead: number[] = [];
    const shenzhen = running.pidOf('shenzhen');
    for (let round = 0; round < Math.max(roundsMin, sizes.rounds); round++) {
      alive.push(await pass(`alive ${round}`, othersOf(running)));
      process.kill(shenzhen, 'SIGSTOP');
      try {
        dead.push(await pass(`stopped ${round}`, []));
      } finally {
        process.kill(shenzhen, 'SIGCONT');
      }
      await waitUntilFolderHeld(
        othersOf(running),
        `/bench/dead stopped ${round}`,
        Array.from({ length: sizes.smallFiles }, (_, index) => `/bench/dead stopped ${round}/${`${index}`.padStart(6, '0')}`),
      );
    }
    return [
      toRow({
        case: 'files of 4 KiB from one region to another while a third one says nothing',
        value: median(dead),
        unit: 'files/s',
        peer: { name: 'while it is there', value: median(alive) },
        target: { ratioMin: 0.95 },
        detail: { alive: alive.map(rounded), stopped: dead.map(rounded) },
      }),
    ];
  },
};
