import { join } from 'node:path';
import { startCluster, type TestCluster } from '../../e2e/src/cluster.ts';
import { makeScratchFolder } from '../../e2e/src/scratch-folder.ts';
import type { Row } from './row.ts';
import { measureSyncthing, type SyncthingFigures } from './syncthing.ts';

export interface Sizes {
  /** Bytes of the upload and the download. */
  readonly singleFileBytes: number;
  readonly smallFiles: number;
  readonly latencyWrites: number;
  /** MiB of the file that is passed on, and changed. */
  readonly replicatedMib: number;
  /** Of the space that an edge catches up with. */
  readonly spaceEntries: number;
  /** Of each load on an edge. */
  readonly loadSeconds: number;
  /** Of each figure whose median is taken. */
  readonly rounds: number;
}

export const fullSizes: Sizes = {
  singleFileBytes: 1 << 30,
  smallFiles: 2000,
  latencyWrites: 200,
  replicatedMib: 512,
  spaceEntries: 200_000,
  loadSeconds: 4,
  rounds: 3,
};

/** What the cases of one run share. */
export interface BenchContext {
  readonly sizes: Sizes;
  /** For files of the cases. */
  readonly folder: string;
  /** Names this run's contents: bytes of an earlier one would be known to the chunk store. */
  readonly seed: string;
  /** Three regions, started when first asked for. */
  cluster(): Promise<TestCluster>;
  /** Measured once a run, while nothing else runs. */
  syncthing(): Promise<SyncthingFigures | { readonly skipped: string }>;
}

export interface BenchCase {
  readonly name: string;
  run(context: BenchContext): Promise<readonly Row[]>;
}

export function makeBenchContext(
  sizes: Sizes,
  options: { readonly withSyncthing: boolean },
): { readonly context: BenchContext; close(): Promise<void> } {
  const scratch = makeScratchFolder();
  let cluster: Promise<TestCluster> | null = null;
  let syncthing: ReturnType<BenchContext['syncthing']> | null = null;
  const skipped = { skipped: 'not asked for' };
  const context: BenchContext = {
    sizes,
    folder: scratch.path,
    seed: `${process.pid} ${Date.now()}`,
    cluster: () => {
      cluster ??= startCluster();
      return cluster;
    },
    syncthing: () => {
      syncthing ??= options.withSyncthing ? measureSyncthing(join(scratch.path, 'syncthing'), sizes) : Promise.resolve(skipped);
      return syncthing;
    },
  };
  const close = async () => {
    await (await cluster?.catch(() => null))?.stop();
    scratch.remove();
  };
  return { context, close };
}
