import { statfs } from 'node:fs/promises';
import { JzseError, type RaisedEvent } from '@jzse/api';
import type { EdgeServices, EntryInfo, Placement, RegionStatus } from '@jzse/api/edge';
import type { RegionStore } from '@jzse/db/region';
import { type SpaceId, splitPath } from '@jzse/sync';
import type { EdgeConfig } from './config.ts';
import { createConflictServices } from './conflict-services.ts';
import { createDoorServices } from './door-services.ts';
import { createHistoryServices } from './history-services.ts';
import type { SpaceChanges } from './observe/space-changes.ts';
import { describeEntry, describePath } from './read/describe-entry.ts';
import { listFolder } from './read/list-folder.ts';
import { listVersions } from './read/list-versions.ts';
import type { ReadDeps } from './read/read-deps.ts';
import { resolveEntry } from './read/resolve-path.ts';
import { createAgreementServices } from './replicate/agreement-services.ts';
import type { Replication } from './replicate/start-replication.ts';
import { makeFolder, moveEntry, removeEntry } from './write/change-tree.ts';
import { commitFiles } from './write/commit-files.ts';
import type { Outcome } from './write/commit-version.ts';
import { always } from './write/decide-write.ts';
import type { WriteDeps } from './write/write-deps.ts';

export interface ServicesDeps {
  readonly config: EdgeConfig;
  readonly version: string;
  readonly read: ReadDeps;
  readonly write: WriteDeps;
  readonly replication: Replication;
  readonly changes: SpaceChanges;
  /** Has the hub keep it, now or as soon as it answers. */
  readonly raise: (event: RaisedEvent) => void;
}

/** What this edge does for its people, put together from its two paths; nothing is decided here. */
export function createEdgeServices(deps: ServicesDeps): EdgeServices {
  const { read, write, replication, changes } = deps;
  const { store } = read;
  const entryAt = (space: SpaceId, path: string) => resolveEntry(read, { space, names: splitPath(path) });
  const describe = (space: SpaceId, path: string) => describePath(read, { space, names: splitPath(path) });
  return {
    ...createConflictServices({
      read,
      write,
      hub: replication.hub,
      describeOutcome: (space, outcome) => describeOutcome(read, space, outcome),
    }),
    ...createAgreementServices({ store, replication }),
    ...createHistoryServices({ read, write, hub: replication.hub }),
    ...createDoorServices({ write, outboxChanged: replication.outboxChanged, raise: deps.raise }),
    listSpaces: () => store.listSpaces(),
    list: async (space, path, page) => listFolder(read, { space, entry: await entryAt(space, path) }, page),
    stat: describe,
    history: async (space, path, page) => listVersions(read, { space, entry: await entryAt(space, path) }, page),
    makeFolder: async (space, path, author) => {
      const outcome = await makeFolder(write, { space, path, author });
      return describeOutcome(read, space, outcome);
    },
    move: async ({ space, from, to, author }) => {
      const outcome = await moveEntry(write, { space, from, to, author });
      return describeOutcome(read, space, outcome);
    },
    remove: async (space, path, author) => {
      await removeEntry(write, { space, names: splitPath(path), author, condition: always });
    },
    missingChunks: (hashes) => write.chunks.missing(hashes),
    commitFiles: async (space, files, author) => {
      const outcomes = await commitFiles(write, { space, files, author });
      return Promise.all(outcomes.map((outcome) => describeOutcome(read, space, outcome)));
    },
    placements: async (space, path) => {
      const { hash, held } = await describe(space, path);
      return hash === null ? [] : placementsOf(deps, { space, hash, held });
    },
    regions: () => replication.hub.regions(),
    status: () => regionStatus(deps),
    watch: async function* (space, options) {
      if (!(await store.listSpaces()).includes(space)) throw new JzseError('unknown-space', `this region has no space "${space}"`);
      yield* changes.watch(space, options);
    },
  };
}

/** What a commit has made, as it is shown now. */
async function describeOutcome(read: ReadDeps, space: SpaceId, outcome: Outcome): Promise<EntryInfo> {
  const { path } = outcome;
  const entry = outcome.entry ?? (await read.store.entry(space, outcome.entryId));
  if (entry === null) throw new JzseError('internal', 'what was just committed is not shown');
  return describeEntry(read, { space, entry, path });
}

type HeldContent = { readonly space: SpaceId; readonly hash: Parameters<Replication['hub']['holders']>[1]; readonly held: boolean };

/** With the hub away, what this region knows of itself. */
async function placementsOf({ config, replication }: ServicesDeps, content: HeldContent): Promise<readonly Placement[]> {
  const here: Placement = { region: config.region, url: config.url ?? '', holds: content.held };
  try {
    const [regions, holders] = await Promise.all([replication.hub.regions(), replication.hub.holders(content.space, content.hash)]);
    const holding = new Set<string>(holders.map((holder) => holder.region));
    return regions.map(({ id, url }) => ({ region: id, url, holds: id === config.region ? content.held : holding.has(id) }));
  } catch (cause) {
    if (cause instanceof JzseError && cause.code === 'hub-unreachable') return [here];
    throw cause;
  }
}

async function regionStatus({ config, version, read, replication }: ServicesDeps): Promise<RegionStatus> {
  const { store } = read;
  const { contact } = replication;
  const disk = await statfs(config.data);
  return {
    region: config.region,
    replica: store.replica(),
    version,
    hub: { url: config.hubUrl, reachable: contact.reachable(), lastContactMs: contact.lastContactMs() },
    spaces: await Promise.all((await store.listSpaces()).map((space) => spaceStatus(store, replication, space))),
    pendingTransfers: await store.wantedCount(),
    diskFreeBytes: disk.bavail * disk.bsize,
    breakers: replication.breakers(),
  };
}

async function spaceStatus(store: RegionStore, replication: Replication, space: SpaceId): Promise<RegionStatus['spaces'][number]> {
  const { position } = await store.cursor(space);
  const head = replication.hubHead(space);
  const isSameEpoch = head?.epoch === position.epoch;
  return {
    space,
    position,
    hubHead: head?.sequence ?? null,
    lag: head === null ? 0 : Math.max(0, head.sequence - (isSameEpoch ? position.sequence : 0)),
    outbox: await store.outboxSize(space),
    oldestUnsentMs: await store.oldestUnsentMs(space),
    conflicts: await store.countConflicts(space),
    doorClosed: (await store.doors()).some((door) => door.space === space),
    divergedSince: (await store.divergence(space))?.since.sequence ?? null,
    refusal: replication.refusal(space),
  };
}
