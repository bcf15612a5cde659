import { parentPort, workerData } from 'node:worker_threads';
import type { SeedRange } from './run-seeds.ts';
import { runSeeds } from './run-seeds.ts';

const run = runSeeds(workerData as SeedRange, (so) => parentPort?.postMessage({ type: 'progress', histories: so.histories }));
parentPort?.postMessage({ type: 'done', run });
