import type { IdentityStore } from '@jzse/db/hub';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { Directory } from './directory.ts';

export interface WatchDirectoryDeps {
  readonly store: Pick<IdentityStore, 'head'>;
  readonly identity: { readonly directory: Pick<Directory, 'forgetRecent'> };
  readonly fleet: { readonly view: Pick<FleetView, 'refresh'> };
  readonly board: Pick<WakeUpBoard, 'directoryAt'>;
}

/** Where another hub may have changed the directory: what is remembered of it here is forgotten, and regions are woken. */
export function watchDirectory({ store, identity, fleet, board }: WatchDirectoryDeps): () => Promise<void> {
  let seen = '';
  return async () => {
    const { life, revision } = await store.head();
    if (`${life} ${revision}` === seen) return;
    identity.directory.forgetRecent();
    await fleet.view.refresh();
    board.directoryAt(revision);
    seen = `${life} ${revision}`;
  };
}
