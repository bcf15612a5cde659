import type { Dot } from './causality.ts';
import { dotKey, sameDot } from './dot.ts';
import type { ReplicaId } from './identifiers.ts';
import type { Operation } from './operation.ts';

/** Whether two operations of one dot are one and the same: all but the stamp, which the hub may have set back (SY9). */
export function isSameOperation(left: Operation, right: Operation): boolean {
  const identity = ({ stamp: _stamp, ...rest }: Operation): string => JSON.stringify(sortKeys(rest));
  return sameDot(left.dot, right.dot) && identity(left) === identity(right);
}

/** The same, for what one replica committed and the log has: a stamp is given once, so where it is equal nothing more has to be compared. */
export function isSameCommit(committed: Operation, logged: Operation): boolean {
  const { stamp } = logged;
  const hasSameStamp = committed.stamp.wallMs === stamp.wallMs && committed.stamp.logical === stamp.logical;
  if (hasSameStamp && committed.type === logged.type && committed.entryId === logged.entryId) return true;
  return isSameOperation(committed, logged);
}

/**
 * What a replica committed under counters that another life of it had used already (its disk was restored from a copy), in the
 * order of commit, as the first operations of a new replica (SY10). What they say of each other is renamed with them.
 */
export function renumber(operations: readonly Operation[], replica: ReplicaId): Operation[] {
  const renamed = new Map(operations.map(({ dot }, at): [string, Dot] => [dotKey(dot), { replica, counter: at + 1 }]));
  const rename = (dot: Dot): Dot => renamed.get(dotKey(dot)) ?? dot;
  return operations.map((operation, at) => {
    const own = {
      dot: { replica, counter: at + 1 },
      stamp: { ...operation.stamp, replica },
      context: { ...operation.context, counter: at },
    };
    const references = {
      ...('base' in operation ? { base: operation.base.map(rename) } : {}),
      ...('observed' in operation ? { observed: operation.observed.map(({ id, heads }) => ({ id, heads: heads.map(rename) })) } : {}),
      ...('from' in operation && operation.from !== null && operation.from !== undefined ? { from: rename(operation.from) } : {}),
    };
    return { ...operation, ...own, ...references } as Operation;
  });
}

/** Objects come back from a store or over the wire with their keys in another order. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => [key, sortKeys(item)]),
  );
}
