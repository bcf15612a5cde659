import type { RegionStore, SnapshotPage } from '@jzse/db/region';
import { SnapshotWouldLose } from '@jzse/db/region';
import type { Dot, FeedPosition, FeedRow, Operation, RegionId, SpaceId } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';

export interface SnapshotDeps {
  readonly space: SpaceId;
  readonly region: RegionId;
  readonly store: Pick<RegionStore, 'applySnapshot' | 'acknowledgedCounters' | 'replica' | 'readOutbox'>;
  readonly hub: Pick<HubPort, 'snapshotHead' | 'snapshotPage' | 'pull' | 'operationsUnder'>;
  readonly nowMs: () => number;
  readonly onSnapshot: (space: SpaceId) => void;
}

export interface SnapshotTaker {
  /** Puts the hub's state in the place of what was confirmed here. Throws `SnapshotWouldLose`, from then on without asking for the pages again until the hub knows more. */
  take(): Promise<void>;
  /** One is taken at the next pull; rejects if that fails. */
  want(): Promise<void>;
  takeWanted(): Promise<void>;
  /** What the hub said of the last snapshot, once. */
  uncompared(): { readonly position: FeedPosition; readonly digest: string } | null;
  /** Why the last one was refused; null if it was not. */
  refusal(): string | null;
}

type Head = Awaited<ReturnType<HubPort['snapshotHead']>>;
type Page = Awaited<ReturnType<HubPort['snapshotPage']>>;

/** Effects in one page; the most that the hub answers. */
const pageEffectsMax = 1_000;
/** Rows of the log that come along, so that a hub that loses its end gets it back from here too. */
const tailRowsMax = 10_000;
const tailRowsPerPull = 1_000;
/** Operations asked for by their numbers, which travel in a URL. */
const takenPerCall = 500;
/** A state that was refused is asked for again after so long, even if nothing seems to have changed. */
const refusedAgainMs = 60_000;

export function createSnapshots(deps: SnapshotDeps): SnapshotTaker {
  let refused: { readonly error: SnapshotWouldLose; readonly lacking: string; readonly atMs: number } | null = null;
  let taken: Pick<Head, 'position' | 'digest'> | null = null;
  let wanted: { readonly resolve: () => void; readonly reject: (cause: unknown) => void }[] = [];

  const take = async (): Promise<void> => {
    const head = await deps.hub.snapshotHead(deps.space);
    const lacking = await whatHubLacks(deps, head);
    if (refused !== null && refused.lacking === lacking && deps.nowMs() - refused.atMs < refusedAgainMs) throw refused.error;
    try {
      await replace(deps, head);
    } catch (cause) {
      if (cause instanceof SnapshotWouldLose) refused = { error: cause, lacking, atMs: deps.nowMs() };
      throw cause;
    }
    refused = null;
    taken = head;
    deps.onSnapshot(deps.space);
  };
  return {
    take,
    want: () => new Promise((resolve, reject) => wanted.push({ resolve, reject })),
    takeWanted: async () => {
      const waiting = wanted;
      if (waiting.length === 0) return;
      wanted = [];
      try {
        await take();
        for (const { resolve } of waiting) resolve();
      } catch (cause) {
        for (const { reject } of waiting) reject(cause);
        throw cause;
      }
    },
    uncompared: () => {
      const once = taken;
      taken = null;
      return once;
    },
    refusal: () => refused?.error.message ?? null,
  };
}

/** Of each replica of which we know more: how far the hub is. While that stays, so does the refusal. */
async function whatHubLacks({ store, space }: SnapshotDeps, { acknowledged }: Head): Promise<string> {
  const seen = Object.entries(await store.acknowledgedCounters(space));
  return JSON.stringify(
    seen.flatMap(([replica, counter]) => (counter > (acknowledged[replica] ?? 0) ? [[replica, acknowledged[replica]]] : [])),
  );
}

/** The feed goes on from the head that was asked for first: what the pages show beyond it comes again. */
async function replace(deps: SnapshotDeps, head: Head): Promise<void> {
  const { position, dot, forks, acknowledged } = head;
  const tail = await readTail(deps, head);
  const taken = readTaken(deps, acknowledged, tail);
  await deps.store.applySnapshot(deps.space, { position, dot, forks, acknowledged, tail, taken, pages: readPages(deps) });
}

/** The end of the log, without what copies of the hub have anyway; nothing of it if the hub's feed does not reach back so far. */
async function readTail(
  { hub, space, region }: SnapshotDeps,
  { position, safe }: Head,
): Promise<readonly Pick<FeedRow, 'position' | 'operation'>[]> {
  const tail: Pick<FeedRow, 'position' | 'operation'>[] = [];
  let after = { epoch: position.epoch, sequence: Math.max(0, safe, position.sequence - tailRowsMax) };
  while (after.sequence < position.sequence) {
    const answer = await hub.pull({ space, region, after: { ...after, dot: null }, limit: tailRowsPerPull });
    if (answer.type !== 'rows') return [];
    const rows = answer.rows.filter((row) => comparePositions(row.position, position) <= 0);
    const last = rows.at(-1);
    if (last === undefined) break;
    for (const { position: at, operation } of rows) tail.push({ position: at, operation });
    after = { epoch: position.epoch, sequence: last.position.sequence };
  }
  return tail;
}

/**
 * What the hub took under numbers that wait in the outbox and that the tail does not show: if this disk was put back to an older copy,
 * it may be something else, and what waits must not go with it. Nothing is asked where the hub has nothing of the outbox.
 */
async function* readTaken(
  { hub, store, space }: SnapshotDeps,
  acknowledged: Head['acknowledged'],
  tail: readonly Pick<FeedRow, 'operation'>[],
): AsyncGenerator<readonly Operation[]> {
  const replica = store.replica();
  const upTo = replica === null ? 0 : (acknowledged[replica] ?? 0);
  if (replica === null || upTo === 0) return;
  const isOwn = ({ dot }: Operation): boolean => dot.replica === replica;
  const shown = new Set(tail.filter(({ operation }) => isOwn(operation)).map(({ operation }) => operation.dot.counter));
  for (let after: Dot | undefined; ; ) {
    const page = await store.readOutbox(space, takenPerCall, after);
    const own = page.filter(isOwn).map(({ dot }) => dot.counter);
    const counters = own.filter((counter) => counter <= upTo && !shown.has(counter));
    if (counters.length > 0) yield (await hub.operationsUnder({ space, replica, counters })).filter((operation) => operation !== null);
    after = page.at(-1)?.dot;
    // In the outbox the own ones stand in the order of their numbers.
    if (page.length < takenPerCall || own.some((counter) => counter > upTo)) return;
  }
}

/** One page is asked for while the one before it is set aside. */
async function* readPages({ hub, space }: SnapshotDeps): AsyncGenerator<SnapshotPage> {
  const ask = (after: string | null): Promise<Page> => {
    const page = hub.snapshotPage(space, { after, limit: pageEffectsMax });
    page.catch(() => {});
    return page;
  };
  let next: Promise<Page> | null = ask(null);
  while (next !== null) {
    const page: Page = await next;
    next = page.next === null ? null : ask(page.next);
    yield { effects: page.effects };
  }
}
