/** So much may be in use at a time; who asks for more waits its turn. */
export interface Budget {
  take(amount: number): Promise<void>;
  give(amount: number): void;
}

/** An amount over the whole budget is granted when nothing else is in use. */
export function createBudget(total: number): Budget {
  const waiting: { readonly amount: number; readonly resolve: () => void }[] = [];
  let used = 0;
  const fits = (amount: number) => used === 0 || used + amount <= total;
  return {
    take: (amount) => {
      if (waiting.length === 0 && fits(amount)) {
        used += amount;
        return Promise.resolve();
      }
      return new Promise((resolve) => waiting.push({ amount, resolve }));
    },
    give: (amount) => {
      used -= amount;
      for (let next = waiting[0]; next !== undefined && fits(next.amount); next = waiting[0]) {
        waiting.shift();
        used += next.amount;
        next.resolve();
      }
    },
  };
}
