import { setTimeout as sleep } from 'node:timers/promises';
import type { RegionName, TestCluster } from '../../e2e/src/cluster.ts';
import { callEdge, type EdgeCalls } from '../../e2e/src/edge-calls.ts';
import { waitFor } from '../../e2e/src/wait-for.ts';

export const edgeOf = (cluster: TestCluster, name: RegionName): EdgeCalls => callEdge(cluster.regions[name].url, cluster.token);

/** The regions that a write at Beijing must reach. */
export const othersOf = (cluster: TestCluster): readonly EdgeCalls[] => [edgeOf(cluster, 'shanghai'), edgeOf(cluster, 'shenzhen')];

/** Waits until every one holds the file, `hash` if it matters which version. One light question each at a time. */
export async function waitUntilHeld(edges: readonly EdgeCalls[], path: string, hash?: string): Promise<void> {
  await Promise.all(
    edges.map((edge) =>
      waitFor({ what: `${path} is held at ${edge.url}`, deadlineMs: 300_000, pollMs: 20 }, async () => {
        const entry = await edge.stat(path);
        return entry.held && (hash === undefined || entry.hash === hash);
      }),
    ),
  );
}

/** Waits until every one holds `count` files in a folder: the last one is asked for, and only then the whole listing. */
export async function waitUntilFolderHeld(edges: readonly EdgeCalls[], folder: string, files: readonly string[]): Promise<void> {
  await Promise.all(
    edges.map(async (edge) => {
      await waitUntilHeld([edge], files.at(-1) ?? folder);
      for (;;) {
        const entries = await edge.list(folder);
        if (entries.filter((entry) => entry.held).length === files.length) return;
        await sleep(15);
      }
    }),
  );
}
