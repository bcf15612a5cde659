import type { Effect, Entry, EntryId, SpaceId, Version } from '@jzse/sync';
import { dotKey, nameKey, rootEntry, rootId } from '@jzse/sync';
import type { HubStore } from '../hub/hub-store.ts';
import type { MetadataStore } from '../metadata-store.ts';
import type { MemoryHubState, SpaceState } from './memory-hub-state.ts';
import { compareBytes, entryOf as keptEntry, spaceOf, standsFor } from './memory-hub-state.ts';
import { childrenOf, membersOf, pageByName } from './memory-hub-tree.ts';

type Reads = Pick<MetadataStore, 'listSpaces' | 'entry' | 'entryAtPath' | 'pathOf' | 'listFolder' | 'listVersions'>;

const liveIn = (state: SpaceState, folder: EntryId): Entry[] => [...childrenOf(state, folder)].filter((entry) => entry.deleted === null);
const entryOf = (state: SpaceState, id: EntryId): Entry | null => keptEntry(state, standsFor(state, id));

/** Of an entry and of what was merged into it. */
function versionsOf(state: SpaceState, id: EntryId): Version[] {
  const members = membersOf(state, standsFor(state, id));
  return [...state.versions.values()].filter(({ entryId }) => members.has(entryId)).map(({ version }) => version);
}

export function memoryReads(hub: MemoryHubState): Reads {
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
        const child: Entry | undefined =
          state === null ? undefined : liveIn(state, folder).find((item) => nameKey(item.name) === nameKey(name));
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
      return pageByName(state === null ? [] : liveIn(state, folder), page);
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

type Past = Pick<HubStore, 'childrenAt' | 'entryAt' | 'operationsOf' | 'snapshotPage'>;

export function memoryPast(hub: MemoryHubState): Past {
  const formerAt = (state: SpaceState, id: EntryId, sequence: number): Entry | null => {
    const former = state.former.find((change) => change.entryId === id && change.sequence > sequence);
    return former === undefined ? keptEntry(state, id) : former.before;
  };
  return {
    entryAt: async (space, id, sequence) => {
      const state = spaceOf(hub, space);
      return formerAt(state, standsFor(state, id), sequence);
    },
    childrenAt: async (space, folder, { sequence, page }) => {
      const state = spaceOf(hub, space);
      const ids = new Set([...state.entries.keys(), ...state.former.map(({ entryId }) => entryId)]);
      const entries = [...ids].map((id) => formerAt(state, id, sequence)).filter((entry) => entry !== null);
      return pageByName(
        entries.filter((entry) => entry.parentId === folder && entry.deleted === null),
        page,
      );
    },
    operationsOf: async (space, { region, after, untilMs, limit }) => {
      const rows = spaceOf(hub, space).feed.filter(({ row }) => row.position.sequence > after);
      const operations = rows.map(({ row }) => row.operation);
      return operations.filter(({ dot, stamp }) => dot.replica.startsWith(`${region}:`) && stamp.wallMs <= untilMs).slice(0, limit);
    },
    snapshotPage: async (space, { after, limit }) => {
      const effects = effectsOf(spaceOf(hub, space)).filter(({ key }) => after === null || compareBytes(key, after) > 0);
      const kept = effects.sort((left, right) => compareBytes(left.key, right.key)).slice(0, limit);
      return { items: kept.map(({ effect }) => effect), next: effects.length > limit ? (kept.at(-1)?.key ?? null) : null };
    },
  };
}

/** Entries, then aliases, then versions. */
const effectsOf = ({ entries, aliases, versions }: SpaceState): { readonly key: string; readonly effect: Effect }[] => [
  ...[...entries].map(([id, { entry }]) => ({ key: `0/${id}`, effect: { type: 'entry' as const, entry } })),
  ...[...aliases].map(([from, to]) => ({ key: `1/${from}`, effect: { type: 'alias' as const, from, to } })),
  ...[...versions].map(([dot, version]) => ({ key: `2/${dot}`, effect: { type: 'version' as const, ...version } })),
];
