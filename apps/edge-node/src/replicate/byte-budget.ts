/** Bytes that may be under way at once. First come, first served; memory is bounded by what was promised, not by who asks. */
export interface ByteBudget {
  /** Resolves when there is room; `release` gives it back. More than the whole budget waits for all of it. */
  take(bytes: number): Promise<Reservation>;
}
export interface Reservation {
  release(): void;
}

export function createByteBudget(bytesMax: number): ByteBudget {
  let free = bytesMax;
  const waiting: { readonly bytes: number; readonly grant: () => void }[] = [];
  const grantNext = (): void => {
    for (let first = waiting[0]; first !== undefined && first.bytes <= free; first = waiting[0]) {
      waiting.shift();
      free -= first.bytes;
      first.grant();
    }
  };
  return {
    take: (wanted) =>
      new Promise((resolve) => {
        const bytes = Math.min(wanted, bytesMax);
        const release = (): void => {
          free += bytes;
          grantNext();
        };
        waiting.push({ bytes, grant: () => resolve({ release }) });
        grantNext();
      }),
  };
}
