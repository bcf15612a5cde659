import type { Operation } from '@jzse/sync';

interface BatchLimits {
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

/** The longest prefix that fits one push; at least one operation, however large. */
export function takeBatch(operations: readonly Operation[], { countMax, bytesMax }: BatchLimits): readonly Operation[] {
  let bytes = 0;
  let count = 0;
  for (const operation of operations) {
    bytes += estimateBytes(operation);
    if (count === countMax || (count > 0 && bytes > bytesMax)) break;
    count++;
  }
  return operations.slice(0, count);
}
