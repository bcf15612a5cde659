import { TestAuthor } from '@jzse/db/testing';
import { type Operation, rootId } from '@jzse/sync';
import type { BenchCase } from '../bench-context.ts';
import { median, toRow } from '../row.ts';
import { benchAuthor, integrateAll, manyFiles, secondsOf, startBenchHub } from '../test-space.ts';

/** Entry changes a second that the hub takes into its log, flushed, in batches as edges push them; and what one change costs in a large space. */
export const hubIntegration: BenchCase = {
  name: 'hub-integration',
  run: async ({ folder, sizes }) => {
    const hub = await startBenchHub(folder);
    try {
      const author = benchAuthor();
      const small = await changeSeconds(hub.store, author, sizes.rounds);
      const rates: number[] = [];
      const clashing: number[] = [];
      const other = new TestAuthor('shanghai:1');
      const integrationRate = async (operations: readonly Operation[]): Promise<number> =>
        operations.length / (await secondsOf(() => integrateAll(hub.store, operations)));
      for (let round = 0; round < sizes.rounds; round++) {
        const operations = manyFiles(author, sizes.spaceEntries / (10 * sizes.rounds));
        rates.push(await integrationRate(operations));
        clashing.push(await integrationRate(sameNames(other, operations)));
      }
      await integrateAll(hub.store, manyFiles(author, sizes.spaceEntries / 2));
      const large = await changeSeconds(hub.store, author, sizes.rounds);
      return [
        toRow({
          case: 'integration on the hub',
          value: median(rates),
          unit: 'entry changes/s',
          peer: { name: 'the number asked for', value: 5_000 },
          target: { ratioMin: 1 },
          detail: { rates: rates.map(Math.round) },
        }),
        toRow({
          case: 'integration of files whose names are taken',
          value: median(clashing),
          unit: 'entry changes/s',
          peer: { name: 'integration of new files', value: median(rates) },
          detail: { rates: clashing.map(Math.round) },
        }),
        toRow({
          case: 'one concurrent write in a large space',
          value: large * 1000,
          unit: 'ms',
          peer: { name: 'the same in a small space', value: small * 1000 },
          detail: { entries: sizes.spaceEntries / 2 },
        }),
      ];
    } finally {
      await hub.stop();
    }
  },
};

/** Another region made the same files, unseen: each becomes a second version beside the first (SY5). */
const sameNames = (author: TestAuthor, operations: readonly Operation[]): Operation[] =>
  operations.flatMap((made) => (made.type === 'create' && made.kind === 'file' ? [author.createFile(made.parentId, made.name)] : []));

/** A write to a file that another had written meanwhile: it is merged in as a sibling. */
async function changeSeconds(
  store: Parameters<typeof integrateAll>[0],
  author: ReturnType<typeof benchAuthor>,
  rounds: number,
): Promise<number> {
  const file = author.createFile(rootId, `contested ${author.counter}.txt`);
  await integrateAll(store, [file]);
  const seconds: number[] = [];
  for (let write = 0; write < rounds * 10; write++) {
    const base = author.write(file.entryId, [file.dot]);
    seconds.push(await secondsOf(() => integrateAll(store, [base])));
  }
  return median(seconds);
}
