import type { Answer, Call, Condition } from './history.ts';

/** What is at each path that has something. Never changed in place. */
export type Files = ReadonlyMap<string, string>;

export const noFiles: Files = new Map();

/** The files of a region as one after the other would see them: what a call answers, and what is there after it. */
export function applyCall(files: Files, call: Call): { readonly answer: Answer; readonly files: Files } {
  switch (call.type) {
    case 'read':
      return { answer: { type: 'value', value: files.get(call.path) ?? null }, files };
    case 'write':
      if (!holds(call.condition, files.get(call.path))) return refused(files, 'precondition-failed');
      return { answer: done, files: new Map(files).set(call.path, call.value) };
    case 'delete': {
      if (!files.has(call.path)) return refused(files, 'unknown-path');
      if (!holds(call.condition, files.get(call.path))) return refused(files, 'precondition-failed');
      return { answer: done, files: without(files, call.path) };
    }
    case 'move': {
      const value = files.get(call.from);
      if (value === undefined) return refused(files, 'unknown-path');
      if (call.from === call.to) return { answer: done, files };
      if (files.has(call.to)) return refused(files, 'already-exists');
      return { answer: done, files: without(files, call.from).set(call.to, value) };
    }
  }
}

export const isSameAnswer = (left: Answer, right: Answer): boolean =>
  left.type === right.type &&
  (left.type !== 'value' || (right.type === 'value' && left.value === right.value)) &&
  (left.type !== 'refused' || (right.type === 'refused' && left.reason === right.reason));

/** One text for one state. */
export const filesKey = (files: Files): string => JSON.stringify([...files].sort(([left], [right]) => (left < right ? -1 : 1)));

const done: Answer = { type: 'done' };
const refused = (files: Files, reason: Extract<Answer, { type: 'refused' }>['reason']) => ({
  answer: { type: 'refused', reason } as const,
  files,
});

function holds(condition: Condition, value: string | undefined): boolean {
  if (condition === null) return true;
  return condition.type === 'absent' ? value === undefined : value === condition.value;
}

function without(files: Files, path: string): Map<string, string> {
  const rest = new Map(files);
  rest.delete(path);
  return rest;
}
