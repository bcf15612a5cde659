import type { DirectoryKind, DirectoryState } from '@jzse/api';
import { type DirectoryChange, DirectoryChanged, type IdentityStore, type StoredRecord } from '@jzse/db/hub';

export interface DirectoryReads {
  /** Null: there is none, or no more. */
  get<Kind extends DirectoryKind>(kind: Kind, key: string): Promise<DirectoryState<Kind> | null>;
  find<Kind extends DirectoryKind>(kind: Kind, term: string): Promise<readonly DirectoryState<Kind>[]>;
}
export interface Directory extends DirectoryReads {
  list<Kind extends DirectoryKind>(
    kind: Kind,
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<readonly DirectoryState<Kind>[]>;
  /** Whether there ever was one. */
  isKnown(kind: DirectoryKind, key: string): Promise<boolean>;
  /** All or none. Throws `DirectoryChanged`. */
  put(changes: readonly DirectoryChange[]): Promise<void>;
  /** For what is decided at every request: as it was at most `recentMs` ago, and never before the last change made here. */
  readonly recent: DirectoryReads;
  /** Somebody else has changed something. */
  forgetRecent(): void;
}

export interface DirectoryDeps {
  readonly store: Pick<IdentityStore, 'get' | 'list' | 'find' | 'put'>;
  readonly nowMs: () => number;
  /** Told of every revision. */
  readonly onChanged: (revision: number) => void;
}

/** Another hub's change counts here after this long at most. */
export const recentMs = 1_000;
const recentMax = 20_000;
/** Of changes that were decided on what was there. */
const attemptsMax = 10;

export function createDirectory({ store, nowMs, onChanged }: DirectoryDeps): Directory {
  const reads: DirectoryReads = {
    get: async (kind, key) => stateOf(await store.get(kind, key)),
    find: async <Kind extends DirectoryKind>(kind: Kind, term: string) =>
      (await store.find(kind, term)).map(({ state }) => state as DirectoryState<Kind>),
  };
  const { recent, forget } = rememberRecent(reads, nowMs);
  return {
    ...reads,
    list: async <Kind extends DirectoryKind>(kind: Kind, page: { readonly after: string | null; readonly limit: number }) =>
      (await store.list(kind, page)).map(({ state }) => state as DirectoryState<Kind>),
    isKnown: async (kind, key) => (await store.get(kind, key)) !== null,
    put: async (changes) => {
      if (changes.length === 0) return;
      try {
        onChanged(await store.put(changes));
      } finally {
        // Also when it failed: what it was decided on may be old.
        forget();
      }
    },
    recent,
    forgetRecent: forget,
  };
}

/** Decides by what is there, and again if that was changed meanwhile. */
export async function decideAndPut<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof DirectoryChanged) || attempt === attemptsMax) throw cause;
    }
  }
}

const stateOf = <Kind extends DirectoryKind>(record: StoredRecord | null): DirectoryState<Kind> | null =>
  (record?.state ?? null) as DirectoryState<Kind> | null;

/** Answers are shared while they are asked for, and a change forgets also those that are still on their way. */
function rememberRecent(reads: DirectoryReads, nowMs: () => number): { readonly recent: DirectoryReads; readonly forget: () => void } {
  let known = new Map<string, { readonly answer: Promise<unknown>; readonly untilMs: number }>();
  const remembered = <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const now = nowMs();
    const before = known.get(key);
    if (before !== undefined && before.untilMs > now) return before.answer as Promise<T>;
    if (known.size >= recentMax) known = new Map();
    const answer = read();
    const mine = known;
    mine.set(key, { answer, untilMs: now + recentMs });
    answer.catch(() => mine.delete(key));
    return answer;
  };
  return {
    recent: {
      get: (kind, key) => remembered(`=${kind} ${key}`, () => reads.get(kind, key)),
      find: (kind, term) => remembered(`~${kind} ${term}`, () => reads.find(kind, term)),
    },
    forget: () => {
      known = new Map();
    },
  };
}
