import { JzseError, placementKey, type RaisedEvent } from '@jzse/api';
import type { FleetRegion, FleetServices, HubServices } from '@jzse/api/hub';
import { type DirectoryChange, DirectoryChanged, type FleetStore, type HubStore, type IdentityStore } from '@jzse/db/hub';
import { hostOf } from '@jzse/gateway';
import { newSecret, secretHash } from '@jzse/identity';
import { hubRegion, type RegionId } from '@jzse/sync';
import { servingRegions } from '../regions/serving-regions.ts';
import { approvableUrl } from './approvable-url.ts';
import type { FleetView, Member } from './fleet-view.ts';
import { createDirectoryRestore, type RestoreDirectoryDeps } from './restore-directory.ts';
import type { FleetAuthority } from './tls/fleet-authority.ts';

export interface FleetDeps extends Pick<RestoreDirectoryDeps, 'askAboutDirectory' | 'note'> {
  readonly store: FleetStore;
  readonly hub: Pick<HubStore, 'listSpaces' | 'raiseEvents'>;
  readonly directory: Pick<IdentityStore, 'put' | 'get' | 'list' | 'pageForRegion'>;
  readonly view: FleetView;
  /** Null: none is kept. */
  readonly authority: FleetAuthority | null;
  /** All of them, with health and load. */
  readonly regions: HubServices['regions'];
  readonly nowMs: () => number;
  /** The directory has this revision now: regions are woken. */
  readonly directoryChanged: (revision: number) => void;
}

/** An admin has it sent to the other site and used there; a day would be more than that needs. */
const enrolTokenMs = 60 * 60_000;
/** Says for whom it is, so that nobody has to say it once more when a region is installed by it, and by which authority that region knows the hub. */
const formatEnrolToken = (region: RegionId, secret: string, authority: FleetAuthority | null): string =>
  `jzse_enrol_${region}_${secret}${authority === null ? '' : `.${authority.fingerprint}`}`;

/** Who belongs to the fleet. What counts stands in the directory, which the regions copy; the way into it is kept here. */
export function createFleet(deps: FleetDeps): FleetServices {
  const { isOfferWanted, ...restore } = createDirectoryRestore(deps);
  return {
    ...restore,
    fleetRegions: () => listRegions(deps),
    addRegion: (request) => addRegion(deps, request),
    enrol: (request) => enrol(deps, request),
    certify: async (request) => certify(deps, request),
    revokeRegion: (region) => revoke(deps, region),
    approveUrl: (region, url) => approve(deps, region, url),
    placements: async (space) => {
      await checkSpace(deps, space);
      const records = deps.view.members().map(async ({ region }) => {
        const record = await deps.directory.get('placement', placementKey(space, region));
        const state = record?.state as { readonly placement: 'full' | 'cache' | 'none' } | null | undefined;
        return { region, placement: state?.placement ?? ('full' as const) };
      });
      return Promise.all(records);
    },
    setPlacement: (...request) => place(deps, request),
    servingRegions: (spaces) => servingRegions(deps, spaces),
    directory: async (request) => {
      const page = await deps.directory.pageForRegion(request);
      // The hub itself writes them, by the shapes of their kinds.
      const records = page.records as Awaited<ReturnType<FleetServices['directory']>>['records'];
      return { ...page, records, isOfferWanted: isOfferWanted(request.region) };
    },
  };
}

async function listRegions({ store, view }: FleetDeps): Promise<readonly FleetRegion[]> {
  const waiting = new Map((await store.enrolments()).filter(({ isUsed }) => !isUsed).map((row) => [row.region, row]));
  const members = new Map(view.members().map((member) => [member.region, member]));
  return [...new Set([...members.keys(), ...waiting.keys()])].sort().map((region) => {
    const member = members.get(region);
    const open = waiting.get(region);
    return {
      region,
      url: member?.url ?? open?.url ?? null,
      publicKey: member?.publicKey ?? null,
      enrolledMs: member?.enrolledMs ?? null,
      tokenExpiresMs: open?.expiresMs ?? null,
    };
  });
}

async function addRegion({ store, view, authority, nowMs }: FleetDeps, { region, url }: Parameters<FleetServices['addRegion']>[0]) {
  if (region === hubRegion) throw new JzseError('invalid-input', `no region may be called ${hubRegion}`, { detail: { region } });
  const token = formatEnrolToken(region, newSecret(), authority);
  const expiresMs = nowMs() + enrolTokenMs;
  const approved = url === null ? (view.member(region)?.url ?? null) : approvableUrl(url);
  await store.putEnrolment({ region, tokenHash: secretHash(token), expiresMs, url: approved });
  return { token, expiresMs };
}

/** Claimed first: of two keys that come with one token, one is made known. Broken off in between, the same key comes again. */
async function enrol(deps: FleetDeps, { token, region, publicKey, url }: Parameters<FleetServices['enrol']>[0]) {
  const { store, view, nowMs } = deps;
  const claimed = await store.claimEnrolment({ region, publicKey, tokenHash: secretHash(token), nowMs: nowMs() });
  if (claimed === null) {
    throw new JzseError('wrong-credentials', 'this is no enrolment token for this region that can still be used; get another one', {
      detail: { region },
    });
  }
  const approved = claimed.url ?? approvableUrl(url);
  const known = view.member(region);
  if (known?.publicKey === publicKey && known.url === approved) return { region, url: approved };
  await changeMember(deps, region, () => ({ region, url: approved, publicKey, enrolledMs: nowMs() }));
  await raise(deps, { type: 'region-enrolled', region, data: { url: approved } });
  return { region, url: approved };
}

function certify({ authority, view }: FleetDeps, { region, publicKey }: Parameters<FleetServices['certify']>[0]) {
  if (authority === null) throw new JzseError('invalid-input', 'this hub keeps no authority: start it with JZSE_TLS=fleet');
  const member = view.member(region);
  if (member === null) throw new JzseError('unauthenticated', 'this region does not take part any more');
  const certificate = authority.certify({ subject: `JzSE ${region}`, publicKey, names: [hostOf(member.url)] });
  return { certificate, authority: authority.certificate };
}

/** The token goes first, so that the region cannot come back by it. */
async function revoke(deps: FleetDeps, region: RegionId): Promise<void> {
  await deps.store.dropEnrolment(region);
  const known = deps.view.member(region);
  await changeMember(deps, region, () => null);
  await deps.store.removeRegion(region);
  if (known !== null) await raise(deps, { type: 'region-revoked', region, data: {} });
}

async function approve(deps: FleetDeps, region: RegionId, url: string): Promise<void> {
  const approved = approvableUrl(url);
  if (deps.view.member(region) === null) throw unknownRegion(region);
  await changeMember(deps, region, (member) => {
    if (member === null) throw unknownRegion(region);
    return { ...member, url: approved };
  });
  await deps.store.setRegionUrl(region, approved);
}

async function place(deps: FleetDeps, [space, region, placement]: Parameters<FleetServices['setPlacement']>): Promise<void> {
  await checkSpace(deps, space);
  if (deps.view.member(region) === null) throw unknownRegion(region);
  const wasPlaced = deps.view.isPlaced(region, space);
  const state = placement === 'full' ? null : { space, region, placement };
  await put(deps, { kind: 'placement', key: placementKey(space, region), state, space, person: null, terms: [`region/${region}`] });
  if (placement === 'none') await deps.store.leaveSpace(region, space);
  else if (!wasPlaced) await deps.store.enterSpace(region, space, deps.nowMs());
}

const attemptsMax = 10;

/** Decides by what is there, and again if that was changed meanwhile. */
async function changeMember(deps: FleetDeps, region: RegionId, decide: (now: Member | null) => Member | null): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const was = ((await deps.directory.get('region', region))?.state ?? null) as Member | null;
    try {
      return await put(deps, { kind: 'region', key: region, state: decide(was), was, space: null, person: null, terms: [] });
    } catch (cause) {
      if (!(cause instanceof DirectoryChanged) || attempt === attemptsMax) throw cause;
    }
  }
}

/** Known here before anybody is told. */
async function put({ directory, view, directoryChanged }: FleetDeps, change: DirectoryChange): Promise<void> {
  const revision = await directory.put([change]);
  await view.refresh();
  directoryChanged(revision);
}

async function checkSpace({ hub }: FleetDeps, space: string): Promise<void> {
  if ((await hub.listSpaces()).some((known) => known === space)) return;
  throw new JzseError('unknown-space', `there is no space ${space}`, { detail: { space } });
}

const unknownRegion = (region: RegionId): JzseError =>
  new JzseError('invalid-input', `region ${region} is not enrolled here: add it with "jzse admin regions add ${region}"`, {
    detail: { region },
  });

async function raise({ hub, nowMs }: FleetDeps, event: Pick<RaisedEvent, 'type' | 'region' | 'data'>): Promise<void> {
  await hub.raiseEvents([{ ...event, space: null, atMs: nowMs() }]);
}
