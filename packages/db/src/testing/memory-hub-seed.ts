import type { Effect, Entry, EntryId } from '@jzse/sync';
import { addTerms, aliasTerm, dotKey, entryTerm, rootId, versionTerm } from '@jzse/sync';
import type { SpaceSums } from '../hub/digest-batch.ts';
import { checkMayBegin } from '../hub/former-log.ts';
import type { HubStore } from '../hub/hub-store.ts';
import { SeedIncomplete } from '../hub/seed-incomplete.ts';
import { textHash } from '../hub/text-hash.ts';
import type { MemoryHubState, SpaceState } from './memory-hub-state.ts';
import { createSpaceState, spaceOf } from './memory-hub-state.ts';
import { childrenOf } from './memory-hub-tree.ts';
import { holdingKey, planBackFill } from './memory-hub-work.ts';

type Seeding = Pick<HubStore, 'seedPage' | 'sealSeed' | 'carried' | 'dropCarried'>;
type Seed = Parameters<HubStore['sealSeed']>[1];

/** How the state of a region becomes the start of a log. */
export function memorySeed(state: MemoryHubState, firstEpoch: (nowMs: number) => number): Seeding {
  return {
    seedPage: async (id, page, effects) => {
      const { seed } = spaceOf(state, id);
      if (page === 0) seed.clear();
      seed.set(page, effects);
    },
    sealSeed: async (id, seed) => {
      const { pages, position, nowMs } = seed;
      const space = spaceOf(state, id);
      const effects = [...space.seed.values()].flat();
      checkMayBegin(id, seed, { ...space, ...compare(space, seed, effects) });
      for (let page = 0; page < pages; page++) if (!space.seed.has(page)) throw new SeedIncomplete(id, pages - space.seed.size);
      const before = [...space.contents.keys()];
      giveWay(space, seed);
      takeEffects(space, effects, nowMs);
      for (const hash of before) if (!space.contents.has(hash)) state.holdings.delete(holdingKey(id, hash));
      space.epoch = Math.max(space.epoch + 1, position.epoch + 1, firstEpoch(nowMs));
      for (const key of ['sequence', 'floor', 'pastFloor'] as const) space[key] = position.sequence;
      for (const key of ['atMs', 'pastMs'] as const) space[key] = nowMs;
      for (const taskId of state.merges.keys()) if (state.merges.get(taskId)?.space === id) state.merges.delete(taskId);
      for (const [key, { space: of, hash }] of state.transfers) if (of === id && !space.contents.has(hash)) state.transfers.delete(key);
      for (const region of state.regions.keys()) planBackFill(state, region, nowMs);
    },
    carried: async (id, limit) => {
      const rows = spaceOf(state, id).carried.slice(0, limit);
      return { upTo: rows.at(-1)?.sequence ?? 0, operations: rows.map(({ operation }) => operation) };
    },
    dropCarried: async (id, upTo) => {
      const space = spaceOf(state, id);
      space.carried = space.carried.filter(({ sequence }) => sequence > upTo);
    },
  };
}

function compare(space: SpaceState, { acknowledged }: Seed, effects: readonly Effect[]) {
  const beyond = [...space.acknowledged].filter(([replica, counter]) => counter > (acknowledged[replica] ?? 0));
  const kept = new Map<string, number>();
  for (const { replica } of operationsBeyond(space, acknowledged).map(({ operation }) => operation.dot))
    kept.set(replica, (kept.get(replica) ?? 0) + 1);
  const gone = beyond.find(([replica, counter]) => counter - (acknowledged[replica] ?? 0) > (kept.get(replica) ?? 0));
  const other = effects.flatMap((effect) => {
    if (effect.type !== 'version') return [];
    const { dot, content } = effect.version;
    const ours = space.versions.get(dotKey(dot));
    return ours === undefined || ours.version.content.hash === content.hash ? [] : [dotKey(dot)];
  });
  return {
    lacks: Object.entries(acknowledged).some(([replica, counter]) => counter > (space.acknowledged.get(replica) ?? 0)),
    gone: gone?.[0] ?? null,
    other: other[0] ?? null,
  };
}

const operationsBeyond = (space: SpaceState, acknowledged: Seed['acknowledged']): SpaceState['carried'] =>
  space.feed
    .map(({ row }) => ({ sequence: row.position.sequence, operation: row.operation }))
    .filter(({ operation: { dot } }) => dot.counter > (acknowledged[dot.replica] ?? 0));

/** Only what the new log lacks of it stays, to be taken again. */
function giveWay(space: SpaceState, { position, forks, acknowledged }: Seed): void {
  const before = space.carried.at(-1)?.sequence ?? 0;
  const beyond = operationsBeyond(space, acknowledged).map((each) => ({ ...each, sequence: before + each.sequence }));
  const over = space.sequence === 0 ? [] : [...Object.keys(space.forks), String(space.epoch)];
  const fresh = createSpaceState(space.epoch);
  for (const table of [space.entries, space.aliases, space.versions, space.acknowledged, space.contents, space.seed]) table.clear();
  for (const [replica, counter] of Object.entries(acknowledged)) space.acknowledged.set(replica, counter);
  Object.assign(space, {
    feed: fresh.feed,
    former: fresh.former,
    safe: fresh.safe,
    carried: [...space.carried, ...beyond],
    forks: { ...Object.fromEntries(over.map((epoch) => [epoch, 0])), ...forks, [position.epoch]: position.sequence },
  });
}

function takeEffects(space: SpaceState, effects: readonly Effect[], nowMs: number): void {
  const counts = new Map<EntryId, number>();
  for (const effect of effects) {
    if (effect.type === 'alias') space.aliases.set(effect.from, effect.to);
    else if (effect.type === 'version') {
      const { entryId, version } = effect;
      space.versions.set(dotKey(version.dot), { entryId, version });
      if (!space.contents.has(version.content.hash)) space.contents.set(version.content.hash, version.content);
    }
  }
  for (const { entryId } of space.versions.values()) counts.set(entryId, (counts.get(entryId) ?? 0) + 1);
  for (const effect of effects) {
    if (effect.type !== 'entry' || effect.entry.id === rootId) continue;
    const { entry } = effect;
    const goneMs = entry.deleted === null ? null : nowMs;
    space.entries.set(entry.id, { entry, childSum: 0n, goneMs, hasHistory: (counts.get(entry.id) ?? 0) > 1 });
  }
  space.sums = computeSums(space);
}

function computeSums(space: SpaceState): SpaceSums {
  const sumBelow = (folder: EntryId): bigint => {
    let sum = 0n;
    for (const child of [...childrenOf(space, folder)]) sum = addTerms(sum, termOf(child));
    return sum;
  };
  const termOf = (entry: Entry): bigint => {
    const childSum = entry.kind === 'folder' ? sumBelow(entry.id) : 0n;
    const kept = space.entries.get(entry.id);
    if (kept !== undefined) space.entries.set(entry.id, { ...kept, childSum });
    return entryTerm(entry, childSum, textHash);
  };
  let [aliases, versions] = [0n, 0n];
  for (const [from, to] of space.aliases) aliases = addTerms(aliases, aliasTerm(from, to, textHash));
  for (const { entryId, version } of space.versions.values()) versions = addTerms(versions, versionTerm(entryId, version, textHash));
  return { root: sumBelow(rootId), aliases, versions };
}
