import { join } from 'node:path';
import { createHubClient } from '@jzse/client';
import { admitRegion } from '@jzse/client/node';
import { type RegionName, regionNames } from './cluster.ts';
import { callEdge, type EdgeCalls } from './edge-calls.ts';
import { freePort } from './free-ports.ts';
import { type Link, openLink } from './partition.ts';
import { type Server, startEdge, startHub } from './processes.ts';
import { makeScratchFolder } from './scratch-folder.ts';

/** A hub and regions without a supervisor, with a link on every way between them: for tests that break things on purpose. */
export interface ThreeRegions {
  readonly hub: Server;
  readonly token: string;
  /** For files of the test itself. */
  readonly folder: string;
  edge(name: RegionName): Server;
  /** Straight to the edge, past the links. */
  calls(name: RegionName): EdgeCalls;
  /** What the region's calls to the hub go through. */
  readonly hubLinks: Readonly<Record<RegionName, Link>>;
  /** What the other regions' calls to this one go through. */
  readonly edgeLinks: Readonly<Record<RegionName, Link>>;
  /** Starts a region that was not in `regions`. */
  add(name: RegionName): Promise<Server>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Options {
  /** Which are started at once; all by default. */
  readonly regions?: readonly RegionName[];
  /** Where a region's data is, when not in the scratch folder. */
  readonly dataDirs?: Partial<Record<RegionName, string>>;
  /** For hub and edges. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function startThreeRegions(options: Options = {}): Promise<ThreeRegions> {
  const scratch = makeScratchFolder();
  const token = 'process-test-token-0123456789abcdef';
  const ports = await forEachRegion(() => freePort());
  const edgeLinks = await forEachRegion((name) => openLink(ports[name]));
  const edges = new Map<RegionName, Server>();
  const hubPort = await freePort();
  const dataOf = (name: RegionName): string => options.dataDirs?.[name] ?? join(scratch.path, name);
  /** As its admin does: a region that the hub does not know finds a token in its data folder. */
  const admit = async (name: RegionName) => {
    const hubNow = createHubClient({ url: `http://127.0.0.1:${hubPort}`, token });
    await admitRegion(hubNow, { region: name, url: edgeLinks[name].url, data: dataOf(name) });
  };
  const hub = await startHub({
    dataDir: join(scratch.path, 'hub'),
    token,
    port: hubPort,
    env: options.env ?? {},
    // It may have lost its database, and with it the keys of the regions that run.
    whenReady: async () => void (await Promise.all([...edges.keys()].map(admit))),
  });
  const hubLinks = await forEachRegion(() => openLink(hub.port));
  const stop = async () => {
    // One that failed to stop, or wrote a secret into its log, keeps none of the others running.
    const stopped = await Promise.allSettled([...edges.values()].map((edge) => edge.stop()));
    const hubStopped = await Promise.allSettled([hub.stop()]);
    await Promise.all([...Object.values(hubLinks), ...Object.values(edgeLinks)].map((link) => link.close()));
    scratch.remove();
    for (const each of [...stopped, ...hubStopped]) if (each.status === 'rejected') throw each.reason;
  };
  const add = async (name: RegionName) => {
    const dataDir = dataOf(name);
    const announcedUrl = edgeLinks[name].url;
    const edge = await startEdge({
      region: name,
      hubUrl: hubLinks[name].url,
      announcedUrl,
      dataDir,
      port: ports[name],
      env: options.env ?? {},
      // Without a hub there is nobody to ask, and a region that is known needs nobody.
      beforeStart: () => admit(name).catch(() => undefined),
    });
    edges.set(name, edge);
    return edge;
  };
  try {
    await Promise.all((options.regions ?? regionNames).map(add));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    hub,
    token,
    folder: scratch.path,
    edge: (name) => edges.get(name) ?? notStarted(name),
    calls: (name) => callEdge(`http://127.0.0.1:${ports[name]}`, token),
    hubLinks,
    edgeLinks,
    add,
    [Symbol.asyncDispose]: stop,
  };
}

async function forEachRegion<T>(make: (name: RegionName) => Promise<T>): Promise<Record<RegionName, T>> {
  const made = {} as Record<RegionName, T>;
  for (const name of regionNames) made[name] = await make(name);
  return made;
}

function notStarted(name: RegionName): never {
  throw new Error(`${name} was not started`);
}
