import { type DirectoryState, directoryStateSchemas, JzseError, type RestorableKind, restorableKinds } from '@jzse/api';
import type { AuditEntry, DirectoryRestore, FleetServices, OfferedRecord } from '@jzse/api/hub';
import { type DirectoryChange, DirectoryChanged, type FleetStore, type HubStore, type IdentityStore } from '@jzse/db/hub';
import { secretHash } from '@jzse/identity';
import type { RegionId } from '@jzse/sync';
import { firstAdmin } from '../identity/first-admin.ts';
import { becomes } from '../identity/records.ts';
import type { FleetView } from './fleet-view.ts';

export interface RestoreDirectoryDeps {
  readonly store: Pick<FleetStore, 'leaveSpace'>;
  readonly hub: Pick<HubStore, 'raiseEvents'>;
  readonly directory: Pick<IdentityStore, 'put' | 'get' | 'list'>;
  readonly view: Pick<FleetView, 'members' | 'refresh'>;
  readonly nowMs: () => number;
  readonly directoryChanged: (revision: number) => void;
  /** Has the regions ask for the directory, where they hear that it is asked for. */
  readonly askAboutDirectory: () => void;
  /** Into the hub's own audit. */
  readonly note: (entry: AuditEntry) => void;
}
export interface RestoreDirectory extends Pick<FleetServices, 'restoreDirectory' | 'offerDirectory'> {
  isOfferWanted(region: RegionId): boolean;
}

/** A region that was away comes back within it, and nobody forgets that the hub takes what regions say. */
const askedMs = 60 * 60_000;
const attemptsMax = 10;

type Counts = Record<RestorableKind, number>;
interface Asked {
  readonly untilMs: number;
  readonly done: Set<RegionId>;
  readonly counts: Map<RegionId, Counts>;
  /** Where each record that came back is from, and a digest of it: what was changed since is left alone. */
  readonly taken: Map<
    string,
    { readonly kind: RestorableKind; readonly life: string | null; readonly revision: number; readonly digest: string }
  >;
}

/**
 * A hub that lost its database takes back from the regions who there was and what they may. Only while an admin wants it, and only what it
 * does not have; of several copies of a record, the one that was copied last counts.
 */
export function createDirectoryRestore(deps: RestoreDirectoryDeps): RestoreDirectory {
  let latest: Asked | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  const present = (): Asked | null => (latest !== null && latest.untilMs > deps.nowMs() ? latest : null);
  const isWanted = (asked: Asked | null, region: RegionId): asked is Asked => asked !== null && !asked.done.has(region);
  return {
    isOfferWanted: (region) => isWanted(present(), region),
    restoreDirectory: async () => {
      if (present() === null) {
        if (!(await isBare(deps.directory))) return null;
        latest = { untilMs: deps.nowMs() + askedMs, done: new Set(), counts: new Map(), taken: new Map() };
      }
      const asked = present();
      if (asked === null) return null;
      const progress = progressOf(asked, deps.view);
      if (progress.awaited.length > 0) deps.askAboutDirectory();
      return progress;
    },
    offerDirectory: (offer) => {
      // In turn: of two regions that offer the same record, each sees what the other has brought.
      const mine = turn.then(async () => {
        const asked = present();
        if (!isWanted(asked, offer.region)) {
          throw new JzseError(
            'precondition-failed',
            'the hub does not ask for the directory (any more): "jzse admin rebuild-hub" has it ask',
          );
        }
        await take(deps, asked, offer);
      });
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}

/** Nothing but the first admin: what somebody has made since would be mixed with what was. */
async function isBare(directory: RestoreDirectoryDeps['directory']): Promise<boolean> {
  const found = await Promise.all(
    (['user', 'group', 'grant', 'link'] as const).map((kind) => directory.list(kind, { after: null, limit: 2 })),
  );
  return found.flat().every(({ kind, key }) => kind === 'user' && key === firstAdmin.user);
}

type Offer = Parameters<FleetServices['offerDirectory']>[0];

async function take(deps: RestoreDirectoryDeps, asked: Asked, offer: Offer): Promise<void> {
  const { region, records, isLast } = offer;
  const checked = records.flatMap((record) => changeOf(record) ?? []);
  await putMissing(deps, asked, { offer, checked });
  const counts = asked.counts.get(region) ?? noCounts();
  for (const { kind } of checked) counts[kind as RestorableKind] += 1;
  asked.counts.set(region, counts);
  if (!isLast) return;
  asked.done.add(region);
  const atMs = deps.nowMs();
  const target = { action: 'fleet.offerDirectory', space: null, target: region, address: null, requestId: null };
  deps.note({ ...target, atMs, actor: `region/${region}`, result: 'ok', detail: counts });
  if (Object.values(counts).every((count) => count === 0)) return;
  await deps.hub.raiseEvents([{ type: 'directory-restored', space: null, region, atMs, data: { offered: counts } }]);
}

/** Null: what no version of this hub would have written. */
function changeOf({ kind, state }: OfferedRecord): DirectoryChange | null {
  const parsed = directoryStateSchemas[kind].safeParse(state);
  return parsed.success ? becomes(kind, parsed.data as DirectoryState<typeof kind>) : null;
}

interface Checked {
  readonly offer: Offer;
  readonly checked: readonly DirectoryChange[];
}

async function putMissing(deps: RestoreDirectoryDeps, asked: Asked, { offer, checked }: Checked): Promise<void> {
  const { life, revision } = offer;
  for (let attempt = 1; ; attempt++) {
    const changes = (await Promise.all(checked.map((change) => decide(deps, asked, { offer, change })))).flatMap((change) => change ?? []);
    try {
      if (changes.length > 0) deps.directoryChanged(await deps.directory.put(changes));
    } catch (cause) {
      if (!(cause instanceof DirectoryChanged) || attempt === attemptsMax) throw cause;
      continue;
    }
    for (const { kind, key, state } of changes)
      asked.taken.set(`${kind} ${key}`, { kind: kind as RestorableKind, life, revision, digest: digestOf(state) });
    await place(deps, changes);
    return;
  }
}

/** Null: the hub has it, or somebody has removed it since. */
async function decide(
  { directory }: Pick<RestoreDirectoryDeps, 'directory'>,
  { taken }: Asked,
  { offer, change }: { readonly offer: Offer; readonly change: DirectoryChange },
): Promise<DirectoryChange | null> {
  const there = await directory.get(change.kind, change.key);
  if (there === null) return { ...change, was: null };
  const before = taken.get(`${change.kind} ${change.key}`);
  const isOurs = there.state !== null && before?.digest === digestOf(there.state);
  const isNewer = before !== undefined && before.life === offer.life && before.revision < offer.revision;
  return isOurs && isNewer ? { ...change, was: there.state } : null;
}

async function place({ view, store }: RestoreDirectoryDeps, changes: readonly DirectoryChange[]): Promise<void> {
  const placements = changes.flatMap(({ kind, state }) => (kind === 'placement' ? [state as DirectoryState<'placement'>] : []));
  if (placements.length === 0) return;
  await view.refresh();
  for (const { placement, region, space } of placements) if (placement === 'none') await store.leaveSpace(region, space);
}

const digestOf = (state: object | null): string => secretHash(JSON.stringify(state));

const noCounts = (): Counts => Object.fromEntries(restorableKinds.map((kind) => [kind, 0])) as Counts;

function progressOf({ untilMs, done, taken: records }: Asked, view: RestoreDirectoryDeps['view']): DirectoryRestore {
  const taken = noCounts();
  for (const { kind } of records.values()) taken[kind] += 1;
  const awaited = view.members().flatMap(({ region }) => (done.has(region) ? [] : [region]));
  return { untilMs, offered: [...done].sort(), awaited: awaited.sort(), taken };
}
