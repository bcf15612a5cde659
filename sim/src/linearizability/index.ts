export type { CheckOptions, Verdict } from './check-linearizable.ts';
export { checkLinearizable } from './check-linearizable.ts';
export { describeVerdict } from './describe-verdict.ts';
export type { Answer, Call, Condition, Operation } from './history.ts';
export { describeOperation } from './history.ts';
export type { HistoryRecorder } from './record-history.ts';
export { createHistoryRecorder } from './record-history.ts';
