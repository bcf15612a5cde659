/** A bounded amount of something (bytes, slots) that is handed out in the order of the calls. */
export interface Budget {
  /** Resolves when `amount` is free, with the call that gives it back. More than all of it counts as all of it. */
  take(amount: number): Promise<() => void>;
}

export function createBudget(total: number): Budget {
  let free = total;
  const waiting: { readonly amount: number; readonly grant: () => void }[] = [];
  const giver = (amount: number): (() => void) => {
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      free += amount;
      for (let next = waiting[0]; next !== undefined && next.amount <= free; next = waiting[0]) {
        waiting.shift();
        free -= next.amount;
        next.grant();
      }
    };
  };
  return {
    take: (asked) => {
      const amount = Math.min(asked, total);
      if (waiting.length === 0 && amount <= free) {
        free -= amount;
        return Promise.resolve(giver(amount));
      }
      return new Promise((resolve) => waiting.push({ amount, grant: () => resolve(giver(amount)) }));
    },
  };
}
