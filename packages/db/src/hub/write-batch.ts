import type { RegionId, SpaceId } from '@jzse/sync';
import type { AppliedBatch } from './apply-batch.ts';
import type { BatchSums } from './digest-batch.ts';
import { dropRows } from './drop-rows.ts';
import type { Forgotten } from './load-forgotten.ts';
import type { LoadedTree } from './loaded-tree.ts';
import type { HubDatabase } from './open-database.ts';
import { sumToText } from './text-hash.ts';
import { writeContents } from './write-contents.ts';
import { writeLog } from './write-log.ts';
import { writeTree } from './write-tree.ts';

export interface BatchToWrite {
  readonly space: SpaceId;
  /** The region that pushed. */
  readonly region: RegionId;
  /** Where the log ended, and which set of regions there was, when the batch was applied. */
  readonly log: { readonly epoch: number; readonly sequence: number; readonly generation: number };
  /** The tree before the batch. */
  readonly tree: LoadedTree;
  readonly applied: AppliedBatch;
  readonly forgotten: Forgotten;
  readonly sums: BatchSums;
  /** Of the rows; never before that of the rows before. */
  readonly atMs: number;
  readonly nowMs: number;
}

/** Everything that a batch changes, in one statement; false, and nothing changed, if the log or the set of regions is another by now. */
export async function writeBatch(database: HubDatabase, batch: BatchToWrite): Promise<boolean> {
  const { space, log, applied, sums } = batch;
  const sequence = log.sequence + applied.rows.length;
  const rows = await database`
    WITH regions AS (
      SELECT generation FROM registry WHERE generation = ${log.generation} FOR SHARE
    ), moved AS (
      UPDATE space SET sequence = ${sequence}, at_ms = ${batch.atMs},
        root_sum = ${sumToText(sums.root)}, alias_sum = ${sumToText(sums.aliases)}, version_sum = ${sumToText(sums.versions)}
      FROM regions WHERE id = ${space} AND epoch = ${log.epoch} AND sequence = ${log.sequence}
      RETURNING id AS space
    ), ${writeLog(database, batch)}, ${writeTree(database, batch)}, ${dropRows(database, batch)} ${writeContents(database, batch)}
    SELECT 1 FROM moved`;
  return rows.length === 1;
}
