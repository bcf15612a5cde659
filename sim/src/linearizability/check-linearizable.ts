import { applyCall, type Files, filesKey, isSameAnswer, noFiles } from './files-model.ts';
import type { Operation } from './history.ts';

export type Verdict =
  | { readonly type: 'linearizable'; readonly order: readonly Operation[] }
  | ({ readonly type: 'not-linearizable' } & LongestOrder)
  /** The history is too tangled to decide within `stepsMax`. */
  | ({ readonly type: 'undecided'; readonly steps: number } & LongestOrder);

export interface LongestOrder {
  /** The longest run of operations that can be put in an order. */
  readonly order: readonly Operation[];
  /** What was under way after them, none of which can come next. */
  readonly stuck: readonly Operation[];
  readonly files: Files;
}

export interface CheckOptions {
  readonly before?: Files;
  readonly stepsMax?: number;
}

const stepsMaxDefault = 5_000_000;

/** A call or a return in the order of time; a doubly linked list, so that an operation is taken out and put back in constant time. */
interface Event {
  readonly index: number;
  readonly operation: Operation;
  readonly kind: 'call' | 'return';
  match: Event | null;
  before: Event | null;
  after: Event | null;
}
interface Taken {
  readonly event: Event;
  readonly files: Files;
}

/**
 * Whether the operations can be put in one order, each at a moment between its call and its return, in which every answer is the one that
 * a single copy of the files gives. The search of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) that remembers which
 * sets of operations led to which state (Lowe, "Testing for Linearizability", 2017). An operation without an answer is put somewhere
 * after its call, or left out.
 */
export function checkLinearizable(operations: readonly Operation[], options: CheckOptions = {}): Verdict {
  const { before = noFiles, stepsMax = stepsMaxDefault } = options;
  const head = listOf(operations);
  const answeredCount = operations.filter(({ answered }) => answered !== null).length;
  const chosen = new Uint8Array(operations.length);
  const seen = new Set<string>();
  const taken: Taken[] = [];
  let files = before;
  let left = answeredCount;
  let best: LongestOrder = { order: [], stuck: [], files: before };
  let event = head.after;
  for (let steps = 0; left > 0; steps++) {
    if (steps === stepsMax) return { type: 'undecided', steps, ...best };
    const next = event?.kind === 'call' ? stepOf(files, event.operation) : null;
    if (event?.kind === 'call' && next !== null && isNew(seen, chosen, { index: event.index, files: next })) {
      taken.push({ event, files });
      chosen[event.index] = 1;
      files = next;
      if (event.operation.answered !== null) left--;
      lift(event);
      event = head.after;
    } else if (event?.kind === 'call') event = event.after;
    else {
      if (taken.length >= best.order.length) best = { order: orderOf(taken), stuck: underWay(head), files };
      const last = taken.pop();
      if (last === undefined) return { type: 'not-linearizable', ...best };
      chosen[last.event.index] = 0;
      files = last.files;
      if (last.event.operation.answered !== null) left++;
      unlift(last.event);
      event = last.event.after;
    }
  }
  return { type: 'linearizable', order: orderOf(taken) };
}

/** The files after it; null: it would have answered otherwise, or, where no answer is known, not have changed anything. */
function stepOf(files: Files, { call, answered }: Operation): Files | null {
  const next = applyCall(files, call);
  if (answered === null) return next.answer.type === 'done' ? next.files : null;
  return isSameAnswer(next.answer, answered.answer) ? next.files : null;
}

/** The same operations that leave the same files lead to nothing new, in whatever order they came. */
function isNew(seen: Set<string>, chosen: Uint8Array, added: { readonly index: number; readonly files: Files }): boolean {
  chosen[added.index] = 1;
  const key = `${Buffer.from(chosen.buffer).toString('latin1')}${filesKey(added.files)}`;
  chosen[added.index] = 0;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** Of a call and a return at one moment the call is first: then they may have overlapped. */
function listOf(operations: readonly Operation[]): Event {
  const timed = operations.flatMap((operation, index) => {
    const call: Event = { index, operation, kind: 'call', match: null, before: null, after: null };
    if (operation.answered === null) return [{ at: operation.calledAt, event: call }];
    const back: Event = { index, operation, kind: 'return', match: call, before: null, after: null };
    call.match = back;
    return [
      { at: operation.calledAt, event: call },
      { at: operation.answered.at, event: back },
    ];
  });
  timed.sort((left, right) => left.at - right.at || (left.event.kind === right.event.kind ? 0 : left.event.kind === 'call' ? -1 : 1));
  const head: Event = { index: -1, operation: noOperation, kind: 'return', match: null, before: null, after: null };
  let last = head;
  for (const { event } of timed) {
    last.after = event;
    event.before = last;
    last = event;
  }
  return head;
}

const noOperation: Operation = { client: '', call: { type: 'read', path: '' }, calledAt: 0, answered: null };

function lift(call: Event): void {
  takeOut(call);
  if (call.match !== null) takeOut(call.match);
}

function unlift(call: Event): void {
  if (call.match !== null) putBack(call.match);
  putBack(call);
}

function takeOut(event: Event): void {
  if (event.before !== null) event.before.after = event.after;
  if (event.after !== null) event.after.before = event.before;
}

function putBack(event: Event): void {
  if (event.before !== null) event.before.after = event;
  if (event.after !== null) event.after.before = event;
}

const orderOf = (taken: readonly Taken[]): Operation[] => taken.map(({ event }) => event.operation);

/** Called before the first return that is left. */
function underWay(head: Event): Operation[] {
  const calls: Operation[] = [];
  for (let event = head.after; event?.kind === 'call'; event = event.after) calls.push(event.operation);
  return calls;
}
