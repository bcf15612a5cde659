import type { Operation } from '@jzse/sync';

export interface BatchLimits {
  readonly countMax: number;
  readonly bytesMax: number;
}

const operationBytes = 700;
const observedEntryBytes = 120;
const dotBytes = 40;

/** Roughly what an operation weighs as JSON; only a delete of a large folder is large. */
function estimateBytes(operation: Operation): number {
  if (operation.type !== 'delete') return operationBytes;
  const heads = operation.observed.reduce((sum, entry) => sum + entry.heads.length, operation.base.length);
  return operationBytes + operation.observed.length * observedEntryBytes + heads * dotBytes;
}

/**
 * The longest prefix that fits one push: at least one operation, however large, and all of one replica,
 * so that the answer's counter says of every operation whether it was taken.
 */
export function takeBatch(operations: readonly Operation[], { countMax, bytesMax }: BatchLimits): readonly Operation[] {
  const replica = operations[0]?.dot.replica;
  let bytes = 0;
  let count = 0;
  for (const operation of operations) {
    bytes += estimateBytes(operation);
    if (operation.dot.replica !== replica || count === countMax || (count > 0 && bytes > bytesMax)) break;
    count++;
  }
  return operations.slice(0, count);
}
