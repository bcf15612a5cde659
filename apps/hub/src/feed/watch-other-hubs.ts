import type { HubStore } from '@jzse/db/hub';
import type { Logger } from 'pino';
import type { KnownPolicies } from '../policies/known-policies.ts';
import type { WakeUpBoard } from './wake-up-board.ts';

/** What another hub did is noticed after this long at most; regions poll too, so this is only for speed. */
export const headPollMs = 1_000;

export interface WatchDeps {
  readonly store: Pick<HubStore, 'listSpaces' | 'head'>;
  readonly board: Pick<WakeUpBoard, 'heads' | 'headMoved' | 'transfersWait'>;
  readonly policies: Pick<KnownPolicies, 'refresh'>;
  /** Whether another hub changed the directory. */
  readonly lookAtDirectory: () => Promise<void>;
  readonly logger: Logger;
}

/** Looks for heads that moved without us. Not needed where this hub is the only one on its database. Answers how to stop it. */
export function watchOtherHubs(deps: WatchDeps): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    try {
      await readHeads(deps);
      await deps.policies.refresh();
      await deps.lookAtDirectory();
    } catch (cause) {
      deps.logger.warn({ err: cause }, 'could not look for the work of other hubs');
    }
    if (!stopped) timer = setTimeout(look, headPollMs);
  };
  timer = setTimeout(look, headPollMs);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

async function readHeads({ store, board }: WatchDeps): Promise<void> {
  const known = new Map(board.heads().map(({ space, head }) => [space, head.sequence]));
  for (const space of await store.listSpaces()) {
    const { position } = await store.head(space);
    const moved = known.get(space) !== position.sequence;
    board.headMoved(space, position);
    if (moved) board.transfersWait(() => true);
  }
}
