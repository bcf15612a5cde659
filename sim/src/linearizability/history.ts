/** What a client asked of the files of one region. Every value that is written is written once, so a value names its version. */
export type Call =
  | { readonly type: 'read'; readonly path: string }
  | { readonly type: 'write'; readonly path: string; readonly value: string; readonly condition: Condition }
  | { readonly type: 'delete'; readonly path: string; readonly condition: Condition }
  | { readonly type: 'move'; readonly from: string; readonly to: string };

/** Null: whatever is there. `absent`: nothing. Else exactly this value, which the client has read or written. */
export type Condition = null | { readonly type: 'absent' } | { readonly type: 'value'; readonly value: string };

export type Answer =
  | { readonly type: 'value'; readonly value: string | null }
  | { readonly type: 'done' }
  | { readonly type: 'refused'; readonly reason: 'precondition-failed' | 'unknown-path' | 'already-exists' };

/** One call with its times, of any clock that all clients share. */
export interface Operation {
  readonly client: string;
  readonly call: Call;
  readonly calledAt: number;
  /** Null: no answer came, so it may have happened at any time since, or not at all. */
  readonly answered: { readonly at: number; readonly answer: Answer } | null;
}

export function describeOperation({ client, call, calledAt, answered }: Operation): string {
  const times = `${calledAt}..${answered === null ? '' : answered.at}`;
  return `[${times}] ${client}: ${describeCall(call)} -> ${answered === null ? 'no answer' : describeAnswer(answered.answer)}`;
}

function describeCall(call: Call): string {
  if (call.type === 'move') return `move ${call.from} to ${call.to}`;
  if (call.type === 'read') return `read ${call.path}`;
  const condition = call.condition === null ? '' : call.condition.type === 'absent' ? ' if absent' : ` if it is ${call.condition.value}`;
  return call.type === 'write' ? `write ${call.value} to ${call.path}${condition}` : `delete ${call.path}${condition}`;
}

const describeAnswer = (answer: Answer): string =>
  answer.type === 'value' ? (answer.value ?? 'nothing there') : answer.type === 'done' ? 'done' : answer.reason;
