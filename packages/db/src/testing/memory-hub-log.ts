import type { EntryId, Version } from '@jzse/sync';
import { addTerms, entryTerm, rootId, spaceDigest } from '@jzse/sync';
import type { HubStore } from '../hub/hub-store.ts';
import { bucketOf, sumToText, textHash } from '../hub/text-hash.ts';
import { memoryOperationsUnder, rowAt } from './memory-hub-integrate.ts';
import type { MemoryHubState, SpaceState } from './memory-hub-state.ts';
import { compareBytes, spaceOf } from './memory-hub-state.ts';
import { childrenOf, memoryTree } from './memory-hub-tree.ts';

type Log = Pick<
  HubStore,
  | 'head'
  | 'readFeed'
  | 'feedStart'
  | 'snapshotHead'
  | 'rowDots'
  | 'operationsUnder'
  | 'raiseEpoch'
  | 'safe'
  | 'setSafe'
  | 'pruneFeed'
  | 'sequenceAt'
  | 'pastBegins'
  | 'digest'
  | 'digestChildren'
  | 'oldTombstones'
  | 'entriesWithOldVersions'
>;

/** The log of a space: its end, its rows, its epochs, its digest, and what of it may go. */
export function memoryLog(state: MemoryHubState, firstEpoch: (nowMs: number) => number): Log {
  return {
    head: async (id) => {
      const { epoch, sequence, forks } = spaceOf(state, id);
      return { position: { epoch, sequence }, forks };
    },
    readFeed: async (id, after, limit) => {
      const { feed, floor } = spaceOf(state, id);
      const from = Math.max(0, after.sequence - floor);
      return feed.slice(from, from + limit).map(({ row }) => row);
    },
    feedStart: async (id) => {
      const { epoch, floor } = spaceOf(state, id);
      return { epoch, sequence: floor };
    },
    snapshotHead: async (id) => {
      const space = spaceOf(state, id);
      const { epoch, sequence, forks, safe } = space;
      const dot = rowAt(space, sequence)?.operation.dot ?? null;
      const acknowledged = Object.fromEntries(space.acknowledged);
      return { position: { epoch, sequence }, dot, forks, acknowledged, safe, digest: spaceDigest(space.sums, textHash) };
    },
    rowDots: async (id, sequences) => {
      const space = spaceOf(state, id);
      return sequences.map((sequence) => rowAt(space, sequence)?.operation.dot ?? null);
    },
    operationsUnder: memoryOperationsUnder(state),
    raiseEpoch: async (id, { epoch, keptUpTo, nowMs }) => {
      const space = spaceOf(state, id);
      if (space.epoch !== epoch) return false;
      space.forks = { ...space.forks, [epoch]: Math.min(space.sequence, keptUpTo) };
      space.epoch = Math.max(epoch + 1, firstEpoch(nowMs));
      return true;
    },
    safe: async (id) => spaceOf(state, id).safe,
    setSafe: async (id, sequence) => {
      const space = spaceOf(state, id);
      space.safe = Math.max(space.safe, Math.min(space.sequence, sequence));
    },
    pruneFeed: async (id, upTo, limit) => pruneFeed(spaceOf(state, id), upTo, limit),
    sequenceAt: async (id, atMs) => {
      const { pastMs, pastFloor, feed } = spaceOf(state, id);
      if (atMs < pastMs) return null;
      const last = feed.findLast((kept) => kept.endsBatch && kept.atMs <= atMs);
      return Math.max(pastFloor, last?.row.position.sequence ?? 0);
    },
    pastBegins: async (id) => {
      const { pastFloor, pastMs, feed } = spaceOf(state, id);
      return pastFloor > 0 ? pastMs : (feed.find(({ endsBatch }) => endsBatch)?.atMs ?? null);
    },
    digest: async (id) => {
      const { epoch, sequence, sums } = spaceOf(state, id);
      return { position: { epoch, sequence }, digest: spaceDigest(sums, textHash) };
    },
    digestChildren: async (id, folder, bucket) => digestChildren(spaceOf(state, id), folder, bucket),
    oldTombstones: async (id, request) => oldTombstones(spaceOf(state, id), request),
    entriesWithOldVersions: async (id, request) => entriesWithOldVersions(spaceOf(state, id), request),
  };
}

/** The last row stays. */
function pruneFeed(space: SpaceState, upTo: number, limit: number): number {
  const next = Math.min(upTo, space.sequence - 1, space.floor + limit);
  if (next <= space.floor) return 0;
  const gone = space.feed.splice(0, next - space.floor);
  space.pastMs = Math.max(space.pastMs, gone.at(-1)?.atMs ?? 0);
  space.pastFloor = Math.max(space.pastFloor, next);
  space.former = space.former.filter((change) => change.sequence > next);
  space.floor = next;
  return gone.length;
}

const childrenMax = 256;

async function digestChildren(...[space, folder, bucket]: [SpaceState, EntryId, number | null]) {
  const buckets = Array.from({ length: 256 }, () => 0n);
  const children: { readonly id: EntryId; readonly term: string }[] = [];
  for (const child of childrenOf(space, folder)) {
    const at = bucketOf(child.id);
    const term = entryTerm(child, space.entries.get(child.id)?.childSum ?? 0n, textHash);
    buckets[at] = addTerms(buckets[at] ?? 0n, term);
    if (bucket === null || bucket === at) children.push({ id: child.id, term: sumToText(term) });
  }
  const isNamed = bucket !== null || children.length <= childrenMax;
  return {
    position: { epoch: space.epoch, sequence: space.sequence },
    childSum: sumToText(folder === rootId ? space.sums.root : (space.entries.get(folder)?.childSum ?? 0n)),
    aliases: sumToText(space.sums.aliases),
    versions: sumToText(space.sums.versions),
    buckets: buckets.map(sumToText),
    children: isNamed ? children.sort((left, right) => compareBytes(left.id, right.id)) : null,
  };
}

function versionsOf(space: SpaceState, id: EntryId): Version[] {
  const members = new Set([id, ...[...space.aliases].filter(([, to]) => to === id).map(([from]) => from)]);
  return [...space.versions.values()].filter(({ entryId }) => members.has(entryId)).map(({ version }) => version);
}

type OldTombstonesRequest = Parameters<HubStore['oldTombstones']>[1];

function oldTombstones(space: SpaceState, { beforeMs, upTo, limit }: OldTombstonesRequest) {
  const tree = memoryTree(space);
  return [...space.entries.values()]
    .filter(({ entry, goneMs }) => {
      const isOld = goneMs !== null && goneMs < beforeMs && (entry.deleted?.position?.sequence ?? 0) <= upTo;
      return isOld && !tree.hasChild(entry.id);
    })
    .sort((left, right) => (left.goneMs ?? 0) - (right.goneMs ?? 0))
    .slice(0, limit)
    .flatMap(({ entry: { id, deleted } }) =>
      deleted === null ? [] : [{ id, deletedBy: deleted.dot, versions: versionsOf(space, id).map(({ dot }) => ({ entryId: id, dot })) }],
    );
}

type OldVersionsRequest = Parameters<HubStore['entriesWithOldVersions']>[1];

function entriesWithOldVersions(space: SpaceState, { beforeMs, upTo, page }: OldVersionsRequest) {
  const looked = [...space.entries.values()]
    .filter(({ entry, hasHistory }) => hasHistory && compareBytes(entry.id, page.after ?? '') > 0)
    .sort((left, right) => compareBytes(left.entry.id, right.entry.id))
    .slice(0, page.limit);
  const items = looked.flatMap(({ entry }) => {
    const versions = versionsOf(space, entry.id).filter((version) => (version.position?.sequence ?? 0) <= upTo);
    return versions.some((version) => version.stamp.wallMs < beforeMs) ? [{ entry, versions }] : [];
  });
  return { items, next: looked.length === page.limit ? (looked.at(-1)?.entry.id ?? null) : null };
}
