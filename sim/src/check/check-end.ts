import type { MetadataStore } from '@jzse/db/hub';
import type { Content, EntryId, Hash, Operation } from '@jzse/sync';
import { dotKey, isSameOperation, resolveAlias, rootId } from '@jzse/sync';
import type { SimCluster } from '../cluster/sim-cluster.ts';
import { space } from '../cluster/sim-hub.ts';
import type { SimRegion } from '../cluster/sim-region.ts';
import { Violation, type World } from '../world/world.ts';
import { brokenTree } from './broken-tree.ts';
import { contentIn } from './check-contents.ts';
import { type HubTree, readHubTree } from './hub-tree.ts';
import type { Committed, Witness } from './witness.ts';

/** After all is healed and quiet: one tree everywhere, nothing lost, nothing back, all bytes in all regions. Throws `Violation`. */
export async function checkEnd(world: World, cluster: SimCluster, witness: Witness): Promise<void> {
  world.throwIfBroken();
  const tree = await readHubTree(cluster.hub.database());
  const bad = brokenTree(tree.entries);
  if (bad !== null) broken(bad);
  await checkAgreement(cluster);
  await checkContents(cluster, tree);
  checkNothingLost(cluster, witness, tree);
  checkNothingBack(witness, tree);
}

const broken = (message: string): never => {
  throw new Violation(message);
};

async function checkAgreement({ hub, regions }: SimCluster): Promise<void> {
  const database = hub.database();
  const shown = await linesOf(database);
  const { digest, position } = await database.digest(space);
  for (const region of regions) {
    const { bare } = region;
    if (bare === null) return broken(`${region.id} does not run`);
    const own = await bare.digest(space);
    if (own.digest !== digest) broken(`${region.id} has another digest than the hub at ${position.sequence}`);
    const computed = await bare.recomputeDigest(space);
    if (computed !== null && computed.digest !== digest) broken(`the sums kept in ${region.id} are not those of its rows`);
    const lines = await linesOf(bare);
    if (lines.join('\n') !== shown.join('\n'))
      broken(`${region.id} shows another tree\nhub:\n${shown.join('\n')}\n${region.id}:\n${lines.join('\n')}`);
    if ((await bare.outboxSize(space)) > 0) broken(`${region.id} has an outbox`);
  }
}

/** All that is shown, with its versions. */
async function linesOf(store: MetadataStore): Promise<string[]> {
  const lines: string[] = [];
  const walk = async (folder: EntryId, above: string): Promise<void> => {
    const { items } = await store.listFolder(space, folder, { after: null, limit: 1_000 });
    for (const entry of items) {
      lines.push(`${above}/${entry.name} ${entry.id} [${entry.heads.map((head) => dotKey(head.dot)).join(' ')}]`);
      if (entry.kind === 'folder') await walk(entry.id, `${above}/${entry.name}`);
    }
  };
  await walk(rootId, '');
  return lines;
}

/** What some region has, all have, with the right bytes. */
async function checkContents({ regions }: SimCluster, { entries }: HubTree): Promise<void> {
  const contents = new Map<Hash, Content>();
  for (const entry of entries.values()) for (const head of entry.heads) contents.set(head.content.hash, head.content);
  const anyDiskIsNew = regions.some((region) => region.lives > 0);
  for (const content of contents.values()) {
    const missing: SimRegion[] = [];
    for (const region of regions) if ((await contentIn(region, content)) === null) missing.push(region);
    if (missing.length === regions.length && anyDiskIsNew) continue;
    if (missing.length > 0) broken(`${missing.map(({ id }) => id).join(', ')} lacks the bytes of ${content.hash.slice(0, 8)}`);
  }
}

/** Every write that was flushed is in the history, unless its time was over or its disk is gone; and it is shown unless somebody who saw it took it away. */
function checkNothingLost({ regions }: SimCluster, { committed, forgotten }: Witness, tree: HubTree): void {
  const lives = new Map(regions.map((region) => [region.id, region.lives]));
  const isExcused = (each: Committed): boolean => lives.get(each.region) !== each.lives;
  const superseded = new Set(committed.flatMap(({ operation }) => ('base' in operation ? operation.base.map(dotKey) : [])));
  const seenByDelete = seenByDeletes(committed);
  for (const each of committed) {
    const { operation } = each;
    const key = dotKey(operation.dot);
    if (isExcused(each)) continue;
    if (tree.isLogWhole && !isTaken(tree, operation)) broken(`an operation that ${each.region} had flushed is not in the log: ${key}`);
    if (!hasContent(operation) || forgotten.has(key)) continue;
    if (tree.versions.get(key)?.content.hash !== operation.content.hash) broken(`a write that ${each.region} had flushed is lost: ${key}`);
    if (tree.reachable.has(key) || superseded.has(key)) continue;
    const by = tree.trashedBy.get(key);
    if (by === undefined || seenByDelete.get(by)?.has(key) !== true)
      broken(`a write was taken away by someone who had not seen it: ${key}`);
  }
}

/** A disk that was put back to an older copy may have given the dot to something else. */
function isTaken({ log }: HubTree, operation: Operation): boolean {
  const taken = log.get(dotKey(operation.dot));
  return taken !== undefined && isSameOperation(taken, operation);
}

const hasContent = (operation: Operation): operation is Operation & { readonly content: Content } =>
  'content' in operation && operation.content !== null;

function seenByDeletes(committed: readonly Committed[]): ReadonlyMap<string, ReadonlySet<string>> {
  const seen = new Map<string, ReadonlySet<string>>();
  for (const { operation } of committed) {
    if (operation.type !== 'delete') continue;
    const dots = [...operation.base, ...operation.observed.flatMap(({ heads }) => heads)];
    seen.set(dotKey(operation.dot), new Set(dots.map(dotKey)));
  }
  return seen;
}

/** A file whose heads were all seen by who deleted it is not there, unless the delete went with a disk that was put back. */
function checkNothingBack({ committed }: Witness, tree: HubTree): void {
  for (const { operation } of committed) {
    if (operation.type !== 'delete' || !isTaken(tree, operation)) continue;
    const seen = new Set([...operation.base, ...operation.observed.flatMap(({ heads }) => heads)].map(dotKey));
    const entry = tree.entries.get(resolveAlias(tree.reader, operation.entryId));
    if (entry === undefined || entry.kind !== 'file' || entry.deleted !== null || entry.sameDots.length > 0) continue;
    if (entry.heads.every((head) => seen.has(dotKey(head.dot))))
      broken(`a deleted file is back: ${entry.name} after ${dotKey(operation.dot)}`);
  }
}
