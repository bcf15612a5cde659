import type { RaisedEvent } from '@jzse/api';

export interface EventRaiserDeps {
  readonly raise: (events: readonly RaisedEvent[]) => Promise<void>;
  /** Told of the first failure of several in a row. */
  readonly onFailure: (cause: unknown) => void;
  readonly retryMs?: number;
}
export interface EventRaiser {
  /** Sends it to the hub, now or as soon as the hub answers. */
  raise(event: RaisedEvent): void;
  /** What has not gone out is let go. */
  stop(): void;
}

/** Events that wait for the hub; the oldest go first. */
const waitingMax = 1_000;
const eventsPerCallMax = 100;
const retryMsDefault = 5_000;

/** Keeps events until the hub has them, as long as this process lives. */
export function createEventRaiser({ raise, onFailure, retryMs = retryMsDefault }: EventRaiserDeps): EventRaiser {
  const waiting: RaisedEvent[] = [];
  let timer: NodeJS.Timeout | null = null;
  let isSending = false;
  const send = async (): Promise<void> => {
    isSending = true;
    try {
      while (waiting.length > 0) {
        const events = waiting.slice(0, eventsPerCallMax);
        await raise(events);
        waiting.splice(0, events.length);
      }
    } finally {
      isSending = false;
    }
  };
  const attempt = (isRetry: boolean): void => {
    if (isSending || (timer !== null && !isRetry)) return;
    timer = null;
    send().catch((cause: unknown) => {
      if (!isRetry) onFailure(cause);
      timer = setTimeout(() => attempt(true), retryMs);
      timer.unref();
    });
  };
  return {
    raise: (event) => {
      if (waiting.push(event) > waitingMax) waiting.shift();
      attempt(false);
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      waiting.length = 0;
    },
  };
}
