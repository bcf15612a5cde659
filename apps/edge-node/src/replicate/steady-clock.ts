/**
 * A clock that never goes back, for measuring how long ago something was: where the machine's own is put back, it goes on from there.
 * One that is put forward makes things due too soon, which does no harm.
 */
export function createSteadyClock(nowMs: () => number): () => number {
  let lastMs = nowMs();
  let steadyMs = lastMs;
  return () => {
    const ms = nowMs();
    steadyMs += Math.max(0, ms - lastMs);
    lastMs = ms;
    return steadyMs;
  };
}
