import { chooseMergeRule } from '@jzse/merge';
import type { Entry } from '@jzse/sync';
import { joinPath } from '@jzse/sync';
import type { SimCluster } from '../cluster/sim-cluster.ts';
import { space } from '../cluster/sim-hub.ts';
import { contentIn } from './check-contents.ts';

/** A conflict that a rule of the hub's policy says is to be merged, and that neither was nor could not be; null: there is none. */
export async function whyNotMerged(cluster: SimCluster): Promise<string | null> {
  const { hub } = cluster;
  const services = hub.services();
  if (services === null) return 'the hub does not run';
  const database = hub.database();
  const { merge } = (await services.policy(space)).policy;
  for (const entry of (await database.listConflicts(space, { after: null, limit: 1_000 })).items) {
    const path = joinPath((await database.pathOf(space, entry.id)) ?? []);
    const rule = chooseMergeRule(merge, path);
    if (rule === null || rule.strategy === 'lww' || !(await hasAllBytes(cluster, entry))) continue;
    const [task] = await database.mergeStates(space, [entry.id]);
    if (task === undefined) return `nobody is to merge ${path} (${rule.strategy})`;
    if (task.state === 'waiting') return `${path} waits to be merged (${rule.strategy})`;
  }
  return null;
}

/** Bytes may be gone with the only disk that had them. */
async function hasAllBytes({ regions }: SimCluster, { heads }: Entry): Promise<boolean> {
  for (const { content } of heads) {
    const held = await Promise.all(regions.map((region) => contentIn(region, content)));
    if (held.every((bytes) => bytes === null)) return false;
  }
  return true;
}
