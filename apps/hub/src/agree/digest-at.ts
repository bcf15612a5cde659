import type { HubStore } from '@jzse/db/hub';
import type { FeedPosition, SpaceId } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';
import type { FeedTail } from '../feed/feed-tail.ts';

export interface DigestsDeps {
  readonly store: Pick<HubStore, 'digest' | 'readFeed'>;
  readonly tail: Pick<FeedTail, 'after'>;
}

/** What the log says the digest was at a position of its present epoch; null where no batch ended there, or the row is gone. */
export async function digestAt({ store, tail }: DigestsDeps, space: SpaceId, position: FeedPosition): Promise<string | null> {
  const before = { epoch: position.epoch, sequence: position.sequence - 1 };
  const [recent] = position.sequence === 0 ? [] : tail.after(space, before, 1);
  if (recent?.digest !== undefined) return recent.digest;
  const head = await store.digest(space);
  if (comparePositions(head.position, position) === 0) return head.digest;
  if (head.position.epoch !== position.epoch || position.sequence === 0 || position.sequence > head.position.sequence) return null;
  const [row] = await store.readFeed(space, before, 1);
  return row?.position.sequence === position.sequence ? (row.digest ?? null) : null;
}
