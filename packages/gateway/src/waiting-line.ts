/** Who waits, oldest first; both ends are quick. */
export interface WaitingLine<T> {
  readonly length: number;
  push(item: T): void;
  oldest(): T | undefined;
  takeOldest(): T | undefined;
  takeNewest(): T | undefined;
}

/** So many empty places at the front are cleared at once. */
const clearAfter = 1024;

export function createWaitingLine<T>(): WaitingLine<T> {
  let items: T[] = [];
  let head = 0;
  const clear = (): void => {
    if (head < items.length && head < clearAfter) return;
    items = items.slice(head);
    head = 0;
  };
  return {
    get length() {
      return items.length - head;
    },
    push: (item) => {
      items.push(item);
    },
    oldest: () => items[head],
    takeOldest: () => {
      const item = items[head];
      if (item === undefined) return undefined;
      head++;
      clear();
      return item;
    },
    takeNewest: () => {
      if (items.length === head) return undefined;
      const item = items.pop();
      clear();
      return item;
    },
  };
}
