import type { HubStore } from '@jzse/db/hub';
import type { Forget, ReplicaId, SpaceId } from '@jzse/sync';
import { hubRegion, hubReplica, rootId } from '@jzse/sync';
import type { FeedTail } from '../feed/feed-tail.ts';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';
import type { Forgotten } from './plan-forgetting.ts';
import { forgottenPerOperationMax } from './plan-forgetting.ts';

/** Versions named in one operation; a tombstone may bring many. */
const versionsPerOperationMax = 2_000;
/** Two replicas of the hub are this far apart, since they are named by seconds. */
const replicaStepMs = 1_000;

export interface ForgetInLogDeps {
  readonly store: Pick<HubStore, 'integrate' | 'snapshotHead'>;
  readonly board: Pick<WakeUpBoard, 'headMoved'>;
  readonly tail: Pick<FeedTail, 'append'>;
  readonly nowMs: () => number;
  readonly onIntegrated: (operations: number) => void;
}
/** Says in the log what is forgotten from there on, in all regions alike (SY11). */
export type ForgetInLog = (space: SpaceId, forgotten: Forgotten) => Promise<void>;

/** The hub as an author. A log that does not hold all that it wrote was restored: it goes on under another name, for no dot is used twice. */
interface HubAuthor {
  readonly replica: ReplicaId;
  counter: number;
}

export function createForgetInLog(deps: ForgetInLogDeps): ForgetInLog {
  const authors = new Map<SpaceId, HubAuthor>();
  let namedMs = deps.nowMs();
  const authorOf = (space: SpaceId, acknowledged: Readonly<Record<string, number>>): HubAuthor => {
    const known = authors.get(space);
    if (known !== undefined && (acknowledged[known.replica] ?? 0) === known.counter) return known;
    if (known !== undefined) namedMs = Math.max(deps.nowMs(), namedMs + replicaStepMs);
    const replica = hubReplica(namedMs);
    const author = { replica, counter: acknowledged[replica] ?? 0 };
    authors.set(space, author);
    return author;
  };
  return async (space, forgotten) => {
    const { position, acknowledged } = await deps.store.snapshotHead(space);
    const author = authorOf(space, acknowledged);
    const { replica } = author;
    const nowMs = deps.nowMs();
    const operations = inParts(forgotten).map((part, at): Forget => {
      const counter = author.counter + at + 1;
      return {
        type: 'forget',
        dot: { replica, counter },
        stamp: { wallMs: nowMs, logical: at, replica },
        context: { position, counter: counter - 1 },
        entryId: rootId,
        author: { user: 'hub', device: 'hub', region: hubRegion },
        ...part,
      };
    });
    if (operations.length === 0) return;
    // All or none: versions without their tombstone would never be found again.
    const { head, rows } = await deps.store.integrate({ space, epoch: position.epoch, region: hubRegion, operations, nowMs });
    author.counter += operations.length;
    deps.tail.append(space, rows);
    deps.board.headMoved(space, head);
    deps.onIntegrated(rows.length);
  };
}

/** A tombstone's versions come with it or after it: before, they are what it would come back with. */
function inParts({ entries, versions }: Forgotten): Forgotten[] {
  const parts: Forgotten[] = [];
  let [entryAt, versionAt] = [0, 0];
  while (entryAt < entries.length || versionAt < versions.length) {
    parts.push({
      entries: entries.slice(entryAt, entryAt + forgottenPerOperationMax),
      versions: versions.slice(versionAt, versionAt + versionsPerOperationMax),
    });
    entryAt += forgottenPerOperationMax;
    versionAt += versionsPerOperationMax;
  }
  return parts;
}
