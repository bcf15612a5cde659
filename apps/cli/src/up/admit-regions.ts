import { createHubClient, pause } from '@jzse/client';
import { admitRegion } from '@jzse/client/node';
import type { ClusterPlan } from './cluster-plan.ts';

export interface Admission {
  readonly plan: ClusterPlan;
  /** Of the first admin. */
  readonly token: string;
}

const againMs = 500;

/** The hub knows the keys of all regions, or each has a token in its data folder by which it makes its key known. */
export async function admitRegions({ plan, token }: Admission): Promise<void> {
  const hub = createHubClient({ url: plan.hub.url, token });
  for (const { name, url, data } of plan.edges) await admitRegion(hub, { region: name, url, data });
}

/** A hub that was started again may have lost its database, and with it the keys. Tries until it answers or `signal` aborts. */
export async function admitRegionsAgain(admission: Admission, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await admitRegions(admission);
    } catch {
      await pause(againMs, signal);
    }
  }
}
