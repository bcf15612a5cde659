export interface SilenceDeps {
  /** Silent for so long, the edge is asked whether it lives, and again after as long. */
  readonly silentMs: number;
  readonly isAlive: () => Promise<boolean>;
  /** It does not: nothing more is to be expected. */
  readonly onDead: () => void;
}

/** Waits beside a call whose edge may go without a word, as a stopped machine closes no connection. Returns the end of the waiting. */
export function watchSilence({ silentMs, isAlive, onDead }: SilenceDeps): () => void {
  let hasEnded = false;
  const wait = () => setTimeout(() => void look(), silentMs);
  const look = async (): Promise<void> => {
    const lives = await isAlive();
    if (hasEnded) return;
    if (lives) timer = wait();
    else onDead();
  };
  let timer = wait();
  return () => {
    hasEnded = true;
    clearTimeout(timer);
  };
}

export interface Listener {
  /** Waits beside one read; returns its end. */
  readonly beforeRead: () => () => void;
  readonly onEnd: () => void;
}

/** The same bytes. */
export function listenTo(body: ReadableStream<Uint8Array>, { beforeRead, onEnd }: Listener): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    pull: async (controller) => {
      const hasRead = beforeRead();
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        onEnd();
        controller.close();
      } catch (error) {
        onEnd();
        controller.error(error);
      } finally {
        hasRead();
      }
    },
    cancel: (reason) => {
      onEnd();
      return reader.cancel(reason);
    },
  });
}
