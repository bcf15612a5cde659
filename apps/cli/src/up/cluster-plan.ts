import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileCache } from '../compile-cache.ts';

export const host = '127.0.0.1';
export const regionIds = ['beijing', 'shanghai', 'shenzhen'] as const;
export const space = 'demo';
const edgePortOffset = 100;
/**
 * V8 lets young garbage grow to two halves of 32 MiB, for good: an edge came to 323 to 443 MiB. With 16 it stays at 256 and is no
 * slower; 8 costs a tenth more of the processor (2026-11-25). Options of the environment come after it and win.
 */
const nodeOptions = '--max-semi-space-size=16';
/** How a server uses the machine; the environment comes first. */
const runtimeSettings = {
  NODE_COMPILE_CACHE: compileCache,
  // Flushes of chunks wait in libuv's pool; with its default of 4 they wait for one another.
  UV_THREADPOOL_SIZE: '8',
  // glibc keeps what was freed once it has seen large blocks come and go: an edge through which 512 MiB had passed stayed at
  // 340 MiB; given back at once, at 180 (2026-11-25).
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
};

export interface ServerPlan {
  /** `hub`, or the region's id. */
  readonly name: string;
  readonly entry: string;
  readonly url: string;
  readonly port: number;
  readonly data: string;
  readonly environment: Readonly<Record<string, string>>;
  /** From SIGTERM to SIGKILL; longer than a server gives itself. */
  readonly graceMs: number;
}
export interface ClusterPlan {
  readonly hub: ServerPlan;
  readonly edges: readonly ServerPlan[];
}
export interface Entries {
  readonly hub: URL;
  readonly edge: URL;
}

interface PlanOptions {
  readonly data: string;
  readonly portBase: number;
  /** Of the first admin; only the hub is told. */
  readonly token: string;
  readonly entries: Entries;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function planCluster(options: PlanOptions): ClusterPlan {
  const { portBase, token, entries, environment } = options;
  const hub = planServer(options, { name: 'hub', port: portBase, entry: entries.hub, graceMs: 25_000 });
  const database = environment['JZSE_DATABASE_URL'];
  const edges = regionIds.map((id, index) => {
    const edge = planServer(options, { name: id, port: portBase + edgePortOffset + index, entry: entries.edge, graceMs: 25_000 });
    return { ...edge, environment: { ...edge.environment, JZSE_REGION: id, JZSE_HUB_URL: hub.url } };
  });
  const hubEnvironment = {
    ...hub.environment,
    JZSE_TOKEN: token,
    JZSE_SPACES: space,
    ...(database === undefined ? {} : { JZSE_DATABASE_URL: database }),
  };
  return { hub: { ...hub, environment: hubEnvironment }, edges };
}

function planServer(
  { data, environment }: PlanOptions,
  server: { readonly name: string; readonly port: number; readonly entry: URL; readonly graceMs: number },
): ServerPlan {
  const folder = join(data, server.name);
  return {
    name: server.name,
    port: server.port,
    graceMs: server.graceMs,
    entry: fileURLToPath(server.entry),
    url: `http://${host}:${server.port}`,
    data: folder,
    environment: {
      ...runtimeSettings,
      ...inherited(environment),
      NODE_OPTIONS: [nodeOptions, environment['NODE_OPTIONS'] ?? ''].join(' ').trim(),
      JZSE_HOST: host,
      JZSE_PORT: String(server.port),
      JZSE_DATA: folder,
      // Our end of their standard input closes however we end; they end then.
      JZSE_PARENT_WATCH: '1',
    },
  };
}

/** Settings of other servers in the environment would be refused as unknown, or be obeyed by the wrong one. */
function inherited(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith('JZSE_') || name === 'JZSE_LOG_LEVEL');
  return Object.fromEntries(kept.filter((pair): pair is [string, string] => pair[1] !== undefined));
}
