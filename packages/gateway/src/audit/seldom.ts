/** Whether something that comes again and again is told again. Bounded: what was told longest ago is forgotten first. */
export type Seldom = (key: string) => boolean;

const keysMax = 10_000;

export function createSeldom(everyMs: number, nowMs: () => number): Seldom {
  const toldMs = new Map<string, number>();
  return (key) => {
    const now = nowMs();
    const before = toldMs.get(key);
    if (before !== undefined && now - before < everyMs) return false;
    toldMs.delete(key);
    toldMs.set(key, now);
    if (toldMs.size > keysMax) {
      const [oldest] = toldMs.keys();
      if (oldest !== undefined) toldMs.delete(oldest);
    }
    return true;
  };
}
