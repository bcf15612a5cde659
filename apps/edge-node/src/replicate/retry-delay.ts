const firstMs = 500;
const longestMs = 60_000;

/** How long to wait after so many failures (1 or more): doubles, bounded, and no two waits are alike. `random` in [0, 1). */
export function retryDelayMs(failures: number, random: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(full / 2 + (random * full) / 2);
}
