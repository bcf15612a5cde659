import type { Verdict } from './check-linearizable.ts';
import { describeOperation } from './history.ts';

const linesBefore = 12;

/** For a person: where a history stops making sense. */
export function describeVerdict(verdict: Verdict): string {
  if (verdict.type === 'linearizable') return 'linearizable';
  const { order, stuck, files } = verdict;
  return [
    `${verdict.type === 'undecided' ? `undecided after ${verdict.steps} steps` : 'not linearizable'}: the longest order has ${order.length} operations; its end is`,
    ...order.slice(-linesBefore).map((operation) => `  ${describeOperation(operation)}`),
    `the files are then ${JSON.stringify(Object.fromEntries(files))}, and none of these can come next:`,
    ...stuck.map((operation) => `  ${describeOperation(operation)}`),
  ].join('\n');
}
