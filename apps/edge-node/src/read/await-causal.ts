import type { CausalToken, SpaceId } from '@jzse/sync';

/** How far this region is, and when it gets further. */
export interface CausalProgress {
  hasSeen(token: CausalToken): Promise<boolean>;
  onMoved(space: SpaceId, moved: () => void): () => void;
}

/** A request waits this long for its region to have seen what its caller has. */
export const causalWaitMsMax = 5_000;

/**
 * Waits until this region has seen all that the tokens name (SY12), woken by what arrives. Answers the first token that was not reached
 * in time, or when `signal` aborted; null when all were.
 */
export async function awaitCausal(
  progress: CausalProgress,
  tokens: readonly CausalToken[],
  { waitMsMax, signal }: { readonly waitMsMax: number; readonly signal: AbortSignal },
): Promise<CausalToken | null> {
  const ended = AbortSignal.any([AbortSignal.timeout(waitMsMax), signal]);
  for (const token of tokens) if (!(await isSeen(progress, token, ended))) return token;
  return null;
}

async function isSeen(progress: CausalProgress, token: CausalToken, ended: AbortSignal): Promise<boolean> {
  if (await progress.hasSeen(token)) return true;
  let wake = (): void => undefined;
  const wakeUp = (): void => wake();
  const stop = progress.onMoved(token.space, wakeUp);
  ended.addEventListener('abort', wakeUp);
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (await progress.hasSeen(token)) return true;
      if (ended.aborted) return false;
      await woken;
    }
  } finally {
    stop();
    ended.removeEventListener('abort', wakeUp);
  }
}
