import type { HubStore } from '../hub/hub-store.ts';

/** A hub store under test, without spaces and regions, whose epochs begin at 0. */
export interface HubStoreFixture {
  readonly store: HubStore;
  remove(): Promise<void>;
}
