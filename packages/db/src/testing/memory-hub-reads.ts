import type { Entry, EntryId, SpaceId, Version } from '@jzse/sync';
import { dotKey, nameKey, rootEntry, rootId } from '@jzse/sync';
import type { HubStore } from '../hub/hub-store.ts';
import type { MetadataStore, Page } from '../metadata-store.ts';
import type { HubState, SpaceState } from './memory-hub-state.ts';
import { pageOf, spaceOf, standingFor } from './memory-hub-state.ts';

type Reads = Pick<MetadataStore, 'listSpaces' | 'entry' | 'entryAtPath' | 'pathOf' | 'listFolder' | 'listVersions'>;

const entriesOf = ({ tree }: SpaceState): Entry[] => [...tree.entries.values()].map(({ entry }) => entry);
const liveIn = (state: SpaceState, folder: EntryId): Entry[] =>
  entriesOf(state).filter((entry) => entry.parentId === folder && entry.deleted === null);
const entryOf = (state: SpaceState, id: EntryId): Entry | null =>
  id === rootId ? rootEntry : (state.tree.entries.get(standingFor(state.tree, id))?.entry ?? null);

/** Of an entry and of what was merged into it. */
function versionsOf({ tree }: SpaceState, id: EntryId): Version[] {
  const standing = standingFor(tree, id);
  return [...tree.versions.values()].filter(({ entryId }) => standingFor(tree, entryId) === standing).map(({ version }) => version);
}

export function memoryReads(hub: HubState): Reads {
  const of = (space: SpaceId): SpaceState | null => hub.spaces.get(space) ?? null;
  return {
    listSpaces: async () => [...hub.spaces.keys()].sort(),
    entry: async (space, id) => {
      const state = of(space);
      return state === null ? (id === rootId ? rootEntry : null) : entryOf(state, id);
    },
    entryAtPath: async (space, names) => {
      const state = of(space);
      let entry: Entry | null = rootEntry;
      for (const name of names) {
        const folder: EntryId = entry.id;
        const child: Entry | undefined = state === null ? undefined : liveIn(state, folder).find((item) => nameKey(item.name) === nameKey(name));
        if (child === undefined) return null;
        entry = child;
      }
      return entry;
    },
    pathOf: async (space, id) => {
      const state = of(space);
      const names: string[] = [];
      for (let current = id; current !== rootId; ) {
        const entry = state === null ? null : entryOf(state, current);
        if (entry === null || entry.deleted !== null || entry.parentId === null) return null;
        names.unshift(entry.name);
        current = entry.parentId;
      }
      return names;
    },
    listFolder: async (space, folder, page) => {
      const state = of(space);
      return pageOf(state === null ? [] : liveIn(state, folder), ({ name }) => nameKey(name), page);
    },
    listVersions: async (space, id, page) => {
      const state = of(space);
      const versions = (state === null ? [] : versionsOf(state, id)).sort(newestFirst);
      const start = page.after === null ? 0 : versions.findIndex(({ dot }) => dotKey(dot) === page.after) + 1;
      const items = versions.slice(start, start + page.limit);
      const last = items.at(-1);
      return { items, next: versions.length > start + page.limit && last !== undefined ? dotKey(last.dot) : null };
    },
  };
}

function newestFirst(left: Version, right: Version): number {
  if (left.stamp.wallMs !== right.stamp.wallMs) return right.stamp.wallMs - left.stamp.wallMs;
  if (left.stamp.logical !== right.stamp.logical) return right.stamp.logical - left.stamp.logical;
  return dotKey(left.dot) < dotKey(right.dot) ? 1 : -1;
}

type Past = Pick<HubStore, 'sequenceAt' | 'childrenAt' | 'entryAt' | 'operationsOf'>;

export function memoryPast(hub: HubState): Past {
  const formerAt = (state: SpaceState, id: EntryId, sequence: number): Entry | null => {
    const former = state.former.find((change) => change.entryId === id && change.sequence > sequence);
    return former === undefined ? (state.tree.entries.get(id)?.entry ?? null) : former.before;
  };
  return {
    sequenceAt: async (space, atMs) => {
      const { pastMs, floor, feed } = spaceOf(hub, space);
      if (atMs < pastMs) return null;
      const ends = [...feed].filter(([, row]) => row.endsBatch && row.atMs <= atMs).map(([sequence]) => sequence);
      return Math.max(floor, ...ends);
    },
    entryAt: async (space, id, sequence) => {
      if (id === rootId) return rootEntry;
      const state = spaceOf(hub, space);
      return formerAt(state, standingFor(state.tree, id), sequence);
    },
    childrenAt: async (space, folder, { sequence, page }): Promise<Page<Entry>> => {
      const state = spaceOf(hub, space);
      const ids = new Set([...state.tree.entries.keys(), ...state.former.map(({ entryId }) => entryId)]);
      const entries = [...ids].map((id) => formerAt(state, id, sequence)).filter((entry) => entry !== null);
      return pageOf(
        entries.filter((entry) => entry.parentId === folder && entry.deleted === null),
        ({ name }) => nameKey(name),
        page,
      );
    },
    operationsOf: async (space, { region, after, untilMs, limit }) => {
      const rows = [...spaceOf(hub, space).feed.entries()].sort(([left], [right]) => left - right);
      const operations = rows.filter(([sequence]) => sequence > after).map(([, { row }]) => row.operation);
      return operations.filter(({ dot, stamp }) => dot.replica.startsWith(`${region}:`) && stamp.wallMs <= untilMs).slice(0, limit);
    },
  };
}

type Forgetting = Pick<HubStore, 'oldTombstones' | 'entriesWithOldVersions'>;

export function memoryForgettable(hub: HubState): Forgetting {
  return {
    oldTombstones: async (space, { beforeMs, upTo, limit }) => {
      const state = spaceOf(hub, space);
      const parents = new Set(entriesOf(state).map(({ parentId }) => parentId));
      const old = [...state.tree.entries.values()]
        .filter(({ entry, goneMs }) => goneMs < beforeMs && (entry.deleted?.position?.sequence ?? 0) <= upTo && !parents.has(entry.id))
        .sort((left, right) => left.goneMs - right.goneMs);
      return old
        .flatMap(({ entry: { id, deleted } }) => {
          if (deleted === null) return [];
          return [{ id, deletedBy: deleted.dot, versions: versionsOf(state, id).map(({ dot }) => ({ entryId: id, dot })) }];
        })
        .slice(0, limit);
    },
    entriesWithOldVersions: async (space, { beforeMs, upTo, page }) => {
      const state = spaceOf(hub, space);
      const several = entriesOf(state).filter(({ id }) => versionsOf(state, id).length > 1);
      const { items, next } = pageOf(several, ({ id }) => id, page);
      const found = items.map((entry) => ({
        entry,
        versions: versionsOf(state, entry.id).filter(({ position }) => (position?.sequence ?? 0) <= upTo),
      }));
      return { items: found.filter(({ versions }) => versions.some(({ stamp }) => stamp.wallMs < beforeMs)), next };
    },
  };
}
