import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import { comparePositions } from '@jzse/sync';

export interface DigestNodeDeps {
  readonly store: Pick<HubStore, 'head' | 'digestChildren'>;
}

/** One step down the digest tree, only at the position that the region is at: at another, sums differ for good reason. */
export function digestNode({ store }: DigestNodeDeps): HubServices['digestNode'] {
  return async ({ space, position, folder, bucket }) => {
    const head = (await store.head(space)).position;
    if (comparePositions(head, position) !== 0) return { type: 'moved', head };
    const { position: at, ...node } = await store.digestChildren(space, folder, bucket);
    return comparePositions(at, position) === 0 ? { type: 'node', ...node } : { type: 'moved', head: at };
  };
}
