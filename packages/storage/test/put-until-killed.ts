import { writeSync } from 'node:fs';
import { chunkOfSeed } from './seeded-chunk.ts';
import { openStoreIn } from './temporary-store.ts';

/** Child of the crash test: puts chunks for ever, and prints the seed of each after it is acknowledged. */
const [folder = '', firstSeed = '0'] = process.argv.slice(2);
const { store } = await openStoreIn(folder);

async function putForEver(seed: number): Promise<void> {
  for (let at = seed; ; at += 8) {
    await store.put(chunkOfSeed(at));
    writeSync(1, `${at}\n`);
  }
}

writeSync(1, 'open\n');
await Promise.all(Array.from({ length: 8 }, (_, at) => putForEver(Number(firstSeed) + at)));
