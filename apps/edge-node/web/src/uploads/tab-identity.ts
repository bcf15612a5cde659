export interface TabIdentity {
  /** Names this life of this tab. */
  readonly id: string;
  /** Says of every other life whether it is over. */
  readonly findGone: () => Promise<(id: string) => boolean>;
}

const lockPrefix = 'jzse-tab-';
const sessionKey = 'jzse.tab';

/** Tells this tab from others that are open: each holds a lock in its name for as long as it lives. */
export function createTabIdentity(): TabIdentity {
  const before = sessionStorage.getItem(sessionKey);
  const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  sessionStorage.setItem(sessionKey, id);
  const { locks } = navigator;
  // Without locks (a page that is not secure) only what this very tab left behind is surely nobody else's.
  if (locks === undefined) return { id, findGone: async () => (other) => other === before };
  void locks.request(lockPrefix + id, () => new Promise(() => {}));
  return {
    id,
    findGone: async () => {
      const { held = [] } = await locks.query();
      const alive = new Set(held.map((lock) => lock.name));
      return (other) => other !== id && !alive.has(lockPrefix + other);
    },
  };
}
