import type { SpaceEvent } from '@jzse/api/edge';
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Listing } from '../folder/use-listing.ts';
import type { Connection } from './connection.ts';
import { useConnection } from './connection.ts';
import { edge } from './edge-client.ts';
import { queryKeys } from './query-keys.ts';

/** A watch that the server ended is begun again after this. */
const restartMs = 1_500;
/** Changes that come close together cost one reading. */
const gatherMs = 120;

/** Keeps what is shown of a space fresh: changes of this and every other region arrive by themselves. */
export function useWatchSpace(space: string): void {
  const client = useQueryClient();
  const connection = useConnection();
  useEffect(() => watchSpace(client, connection, space), [client, connection, space]);
}

function watchSpace(client: QueryClient, { reportWatch }: Connection, space: string): () => void {
  const refresher = createRefresher(client, space);
  let lastEventId: string | null = null;
  let stop = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const start = () => {
    const subscription = edge.watch.subscribe(
      { space, lastEventId },
      {
        onConnectionStateChange: ({ state, error }) => {
          if (state === 'pending') {
            reportWatch('live');
            // What changed between the first reading and the start of the watch was told to nobody.
            if (lastEventId === null) refresher.all();
          } else if (state === 'connecting') reportWatch(error === null ? 'connecting' : 'lost');
        },
        onData: ({ id, data }) => {
          lastEventId = id;
          refresher.take(data);
        },
        onError: restart,
        onComplete: restart,
      },
    );
    stop = () => subscription.unsubscribe();
  };
  const restart = () => {
    reportWatch('lost');
    clearTimeout(timer);
    timer = setTimeout(start, restartMs);
  };
  start();
  return () => {
    clearTimeout(timer);
    refresher.stop();
    stop();
    reportWatch('idle');
  };
}

interface Refresher {
  take(event: SpaceEvent): void;
  all(): void;
  stop(): void;
}

/** Reads again what changed, one reading at a time: a stream of changes neither starves a reading nor is lost by one. */
function createRefresher(client: QueryClient, space: string): Refresher {
  let folders = new Set<string>();
  let everything = false;
  let running = false;
  let stopped = false;

  const run = async () => {
    if (running) return;
    running = true;
    while (!stopped && (everything || folders.size > 0)) {
      await new Promise((resolve) => setTimeout(resolve, gatherMs));
      const changed = everything ? null : folders;
      folders = new Set();
      everything = false;
      await refresh(client, space, changed);
    }
    running = false;
  };
  return {
    take: (event) => {
      if (event.type === 'held') return markHeld(client, space, event.hashes);
      if (event.type === 'reset') everything = true;
      else for (const name of [...event.folders, ...event.paths]) folders.add(name);
      void run();
    },
    all: () => {
      everything = true;
      void run();
    },
    stop: () => {
      stopped = true;
    },
  };
}

/** `changed`: ids and paths of folders; null is everything. */
async function refresh(client: QueryClient, space: string, changed: ReadonlySet<string> | null): Promise<void> {
  const [, , kind] = queryKeys.listings(space);
  await client.invalidateQueries({
    queryKey: queryKeys.space(space),
    predicate: ({ queryKey, state }) => {
      if (changed === null || queryKey[2] !== kind) return true;
      const folder = (state.data as InfiniteData<Listing> | undefined)?.pages[0]?.folder;
      return folder === undefined || changed.has(folder.id) || changed.has(String(queryKey[3]));
    },
  });
}

/** Bytes arrived: nothing else changed, so nothing is read again. */
function markHeld(client: QueryClient, space: string, hashes: readonly string[]): void {
  const held = new Set(hashes);
  client.setQueriesData<InfiniteData<Listing>>({ queryKey: queryKeys.listings(space) }, (data) => {
    if (data === undefined) return undefined;
    const pages = data.pages.map((page) => ({
      ...page,
      entries: page.entries.map((entry) => (entry.hash !== null && held.has(entry.hash) ? { ...entry, held: true } : entry)),
    }));
    return { ...data, pages };
  });
  void client.invalidateQueries({ queryKey: queryKeys.files(space) });
}
