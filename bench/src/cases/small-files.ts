import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { putFiles } from '@jzse/client/node';
import { randomBytes } from '../../../e2e/src/random-bytes.ts';
import type { BenchCase } from '../bench-context.ts';
import { edgeOf, othersOf, waitUntilFolderHeld } from '../other-regions.ts';
import { median, rounded, toRow } from '../row.ts';

const fileBytes = 4096;

/** Many small files put at Beijing by the SDK, until both other regions hold all of them. */
export const smallFiles: BenchCase = {
  name: 'small-files',
  run: async ({ sizes, folder, seed, cluster, syncthing }) => {
    const peer = await syncthing();
    const running = await cluster();
    const runs: { readonly put: number; readonly held: number }[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      const source = join(folder, `small ${round}`);
      mkdirSync(source);
      const names = Array.from({ length: sizes.smallFiles }, (_, index) => `${index}`.padStart(6, '0'));
      for (const name of names) writeFileSync(join(source, name), randomBytes(`${seed} small ${round} ${name}`, fileBytes));
      const target = `/bench/small ${round}`;
      const files = names.map((name) => ({ source: join(source, name), path: `${target}/${name}` }));
      const startedMs = performance.now();
      const { failed } = await putFiles(edgeOf(running, 'beijing').client, { space: 'demo', files });
      const put = (performance.now() - startedMs) / 1000;
      if (failed > 0) throw new Error(`${failed} files were not put`);
      await waitUntilFolderHeld(
        othersOf(running),
        target,
        files.map((file) => file.path),
      );
      runs.push({ put, held: (performance.now() - startedMs) / 1000 });
    }
    return [
      toRow({
        case: `${sizes.smallFiles} files of 4 KiB held by both other regions`,
        value: sizes.smallFiles / median(runs.map((run) => run.held)),
        unit: 'files/s',
        peer: { name: 'Syncthing', value: 'skipped' in peer ? peer : peer.smallFilesPerSecond },
        target: { ratioMin: 5 },
        detail: { putSeconds: runs.map((run) => rounded(run.put)), heldSeconds: runs.map((run) => rounded(run.held)) },
      }),
    ];
  },
};
