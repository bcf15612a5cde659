import type { Answer, Call, Operation } from './history.ts';

/** Notes what clients call and what they are answered, in the order in which it happens. */
export interface HistoryRecorder {
  /** `ask` answers null where the outcome is not known, `not-sent` where the call has certainly changed nothing: then it is not noted. */
  record(client: string, call: Call, ask: () => Promise<Answer | 'not-sent' | null>): Promise<Answer | null>;
  operations(): readonly Operation[];
}

export function createHistoryRecorder(): HistoryRecorder {
  const operations: (Omit<Operation, 'answered'> & { answered: Operation['answered'] })[] = [];
  let now = 0;
  return {
    record: async (client, call, ask) => {
      const operation = { client, call, calledAt: ++now, answered: null as Operation['answered'] };
      operations.push(operation);
      const answer = await ask();
      if (answer === 'not-sent') {
        operations.splice(operations.indexOf(operation), 1);
        return null;
      }
      if (answer !== null) operation.answered = { at: ++now, answer };
      return answer;
    },
    // A read whose answer is not known says nothing.
    operations: () => operations.filter(({ call, answered }) => call.type !== 'read' || answered !== null),
  };
}
