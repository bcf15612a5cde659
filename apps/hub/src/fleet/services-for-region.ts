import { type HubEvent, JzseError } from '@jzse/api';
import type { HubServices, Source } from '@jzse/api/hub';
import type { RegionId, SpaceId } from '@jzse/sync';
import type { FleetView } from './fleet-view.ts';
import { createRegisterMember } from './register-member.ts';
import { checkPushed } from './who-may-push.ts';

export interface RegionServicesDeps {
  readonly services: HubServices;
  readonly view: FleetView;
  readonly nowMs: () => number;
}

/**
 * What the hub does, for one region: only as itself, only spaces that are placed there, and of other regions only those that share the
 * space, at the addresses that were approved. Of a space that is not placed there it does not learn that there is one.
 */
export function createRegionServices(deps: RegionServicesDeps): (caller: RegionId) => HubServices {
  const known = new Map<RegionId, HubServices>();
  const register = createRegisterMember(deps);
  return (caller) => {
    const services = known.get(caller) ?? servicesForRegion({ ...deps, register }, caller);
    known.set(caller, services);
    return services;
  };
}

interface Deps extends RegionServicesDeps {
  readonly register: HubServices['register'];
}

function servicesForRegion(deps: Deps, caller: RegionId): HubServices {
  const { services, view } = deps;
  const may: Checks = {
    be: (region) => {
      if (view.member(caller) === null) throw new JzseError('unauthenticated', 'this region does not take part any more');
      if (region !== caller) throw new JzseError('forbidden', `this is the key of ${caller}: it speaks for no other region`);
    },
    have: (space) => {
      may.be(caller);
      if (!view.isPlaced(caller, space)) throw new JzseError('unknown-space', `there is no space ${space}`, { detail: { space } });
    },
    sees: (space) => space === null || view.isPlaced(caller, space),
    sources: (space, sources) => approvedSources(view, space, sources),
  };
  return {
    // Nothing goes through that is not named here: a new service of the hub is none of a region's until it is.
    ...registry(deps, caller, may),
    ...log(deps, may),
    ...agreement(services, may),
    ...merges(services, may),
    createSpace: refused,
    rebuild: refused,
    noteBackup: refused,
  };
}

interface Checks {
  be(region: RegionId): void;
  have(space: SpaceId): void;
  sees(space: SpaceId | null): boolean;
  sources(space: SpaceId, sources: readonly Source[]): Source[];
}

const refused = async (): Promise<never> => {
  throw new JzseError('forbidden', 'this is not for regions');
};

/** The address that counts is the approved one, whatever the registry still says. */
function approvedSources(view: FleetView, space: SpaceId, sources: readonly Source[]): Source[] {
  return sources.flatMap(({ region }) => {
    const member = view.isPlaced(region, space) ? view.member(region) : null;
    return member === null ? [] : [{ region, url: member.url }];
  });
}

function registry(deps: Deps, caller: RegionId, may: Checks) {
  const { services, view } = deps;
  return {
    register: async (request) => {
      may.be(request.region);
      return deps.register(request);
    },
    heartbeat: async (region, capacity) => {
      may.be(region);
      await services.heartbeat(region, capacity);
    },
    regions: async () => {
      may.be(caller);
      const regions = await services.regions();
      return regions.flatMap((region) => {
        const member = view.member(region.id as RegionId);
        return member === null ? [] : [{ ...region, url: member.url }];
      });
    },
    listSpaces: async () => (await services.listSpaces()).filter(may.sees),
    status: async () => {
      may.be(caller);
      const status = await services.status();
      return { ...status, spaces: status.spaces.filter(({ space }) => may.sees(space)) };
    },
    transfers: async (request) => {
      may.be(request.region);
      const { leases } = await services.transfers({ ...request, held: request.held.filter(({ space }) => may.sees(space)) });
      const allowed = leases.filter(({ space }) => may.sees(space));
      return { leases: allowed.map((lease) => ({ ...lease, sources: may.sources(lease.space, lease.sources) })) };
    },
    locate: async (request) => {
      may.be(request.region);
      may.have(request.space);
      return may.sources(request.space, await services.locate(request));
    },
    holders: async (space, hash) => {
      may.have(space);
      return may.sources(space, await services.holders(space, hash));
    },
    wakeUps: (region, signal) => wakeUps(deps, may, { region, signal }),
  } satisfies Partial<HubServices>;
}

/** Ends, to begin anew, when the region may have other spaces; for good when it is revoked. */
async function* wakeUps(
  { services, view }: RegionServicesDeps,
  may: Checks,
  { region, signal }: { readonly region: RegionId; readonly signal: AbortSignal },
): ReturnType<HubServices['wakeUps']> extends AsyncIterable<infer WakeUp> ? AsyncGenerator<WakeUp> : never {
  may.be(region);
  for await (const wakeUp of services.wakeUps(region, AbortSignal.any([signal, view.unchanged(region)]))) {
    const { policies, report, seed, ...rest } = wakeUp;
    const spaces = report?.spaces.filter(may.sees) ?? [];
    yield {
      ...rest,
      heads: wakeUp.heads.filter(({ space }) => may.sees(space)),
      ...(policies === undefined ? {} : { policies: policies.filter(({ space }) => may.sees(space)) }),
      ...(report === undefined || spaces.length === 0 ? {} : { report: { ...report, spaces } }),
      ...(seed === undefined || !may.sees(seed) ? {} : { seed }),
    };
  }
}

function log(deps: RegionServicesDeps, may: Checks) {
  const { services } = deps;
  return {
    push: async (request) => {
      may.be(request.region);
      may.have(request.space);
      checkPushed(request, deps.nowMs());
      return services.push(request);
    },
    pull: async (request) => {
      may.be(request.region);
      may.have(request.space);
      return services.pull(request);
    },
    snapshotHead: async (space) => {
      may.have(space);
      return services.snapshotHead(space);
    },
    snapshotPage: async (space, page) => {
      may.have(space);
      return services.snapshotPage(space, page);
    },
    resolvePath: async (space, path) => {
      may.have(space);
      const found = await services.resolvePath(space, path);
      return found === null ? null : { ...found, sources: may.sources(space, found.sources) };
    },
    treeAt: async (request) => {
      may.have(request.space);
      return services.treeAt(request);
    },
    rowDots: async (space, sequences) => {
      may.have(space);
      return services.rowDots(space, sequences);
    },
    operationsUnder: async (request) => {
      may.have(request.space);
      return services.operationsUnder(request);
    },
    raiseEpoch: async (request) => {
      may.be(request.region);
      may.have(request.space);
      await services.raiseEpoch(request);
    },
    seed: async (request) => {
      may.be(request.region);
      may.have(request.space);
      await services.seed(request);
    },
  } satisfies Partial<HubServices>;
}

function agreement(services: HubServices, may: Checks) {
  return {
    report: async (region, reports) => {
      may.be(region);
      await services.report(
        region,
        reports.filter(({ space }) => may.sees(space)),
      );
    },
    verify: async (space, options) => {
      may.have(space);
      return services.verify(space, options);
    },
    digestNode: async (request) => {
      may.have(request.space);
      return services.digestNode(request);
    },
    raise: async (events) => {
      for (const { space, region } of events) {
        if (space !== null) may.have(space);
        if (region !== null) may.be(region);
      }
      await services.raise(events);
    },
    events: async (request) => (await services.events(request)).filter(({ space }: HubEvent) => may.sees(space)),
  } satisfies Partial<HubServices>;
}

function merges(services: HubServices, may: Checks) {
  const isOurs = (taskId: string): boolean => may.sees(taskId.slice(0, Math.max(0, taskId.indexOf('/'))) as SpaceId);
  return {
    policy: async (space) => {
      may.have(space);
      return services.policy(space);
    },
    setPolicy: async (space, policy) => {
      may.have(space);
      return services.setPolicy(space, policy);
    },
    mergeWork: async ({ done, failed, ...request }) => {
      may.be(request.region);
      const settled = { done: done.filter(isOurs), failed: failed.filter(({ taskId }) => isOurs(taskId)) };
      const { tasks } = await services.mergeWork({ ...request, ...settled });
      return { tasks: tasks.filter(({ space }) => may.sees(space)) };
    },
    mergeStates: async (space, entries) => {
      may.have(space);
      return services.mergeStates(space, entries);
    },
  } satisfies Partial<HubServices>;
}
