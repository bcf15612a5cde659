import type { FeedRow, Operation } from '@jzse/sync';
import { applyOperation, clampStamp } from '@jzse/sync';
import { MemoryTree } from '../../sync/test/memory-tree.ts';

/** The log of one space as the core alone makes it, in memory: what a hub store is compared with. */
export class TestHubLog {
  readonly tree = new MemoryTree();
  readonly rows: FeedRow[] = [];

  take(operation: Operation, nowMs = Number.MAX_SAFE_INTEGER - 60_000): FeedRow {
    const position = { epoch: 0, sequence: this.rows.length + 1 };
    const taken = { ...operation, stamp: clampStamp(operation.stamp, nowMs, 60_000) };
    const effects = applyOperation(this.tree, taken, { position, forks: {} });
    this.tree.apply(effects);
    const row = { position, operation: taken, effects };
    this.rows.push(row);
    return row;
  }
}
