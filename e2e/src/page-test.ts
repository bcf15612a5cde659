import { test as base, type Page } from '@playwright/test';
import { buildPage } from './build-page.ts';
import { type RegionName, startCluster, type TestCluster } from './cluster.ts';
import { callEdge, type EdgeCalls } from './edge-calls.ts';
import { waitFor } from './wait-for.ts';

interface PageFixtures {
  /** A new folder of the space for this test alone, known in every region: `/renames-3`. */
  readonly folder: string;
  /** Opens the page of a region at a path of the space, signed in by the address. */
  readonly openPage: (region: RegionName, path: string) => Promise<Page>;
}
interface WorkerFixtures {
  readonly cluster: TestCluster;
  readonly calls: (region: RegionName) => EdgeCalls;
}

/** A test in a browser: one cluster for all of a run, a folder of its own for each test. */
export const test = base.extend<PageFixtures, WorkerFixtures>({
  cluster: [
    async ({ browserName: _browserName }, use) => {
      buildPage();
      const cluster = await startCluster();
      try {
        await use(cluster);
      } finally {
        await cluster.stop();
      }
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  calls: [
    async ({ cluster }, use) => {
      await use((region) => callEdge(cluster.regions[region].url, cluster.token));
    },
    { scope: 'worker' },
  ],
  folder: async ({ calls, cluster }, use, info) => {
    const path = `/${info.titlePath.at(-1)?.replace(/\W+/g, '-').slice(0, 40)}-${info.workerIndex}-${info.retry}`;
    await calls('beijing').makeFolder(path);
    for (const { id } of Object.values(cluster.regions)) {
      await waitFor({ what: `${path} in ${id}` }, () => calls(id).stat(path));
    }
    await use(path);
  },
  openPage: async ({ browser, cluster }, use) => {
    const contexts: { close(): Promise<void> }[] = [];
    await use(async (region, path) => {
      const context = await browser.newContext();
      contexts.push(context);
      const page = await context.newPage();
      await page.goto(`${cluster.regions[region].url}/s/${cluster.space}${path}#token=${cluster.token}`);
      return page;
    });
    for (const context of contexts) await context.close();
  },
});
export { expect } from '@playwright/test';
