import type { EntryId, SpaceId } from '@jzse/sync';
import { addTerms, entryTerm, spaceDigest } from '@jzse/sync';
import type { Cursors, SpaceRow } from './cursor.ts';
import { prepareCursors } from './cursor.ts';
import type { RegionDatabase } from './open-database.ts';
import { inReadView } from './read-view.ts';
import type { DigestChildren, RegionStore } from './region-store.ts';
import type { TreeKey } from './space-tree.ts';
import { bucketOf, sumToText, textHash } from './text-hash.ts';
import type { TreeSums } from './tree-sums.ts';
import { prepareTreeSums } from './tree-sums.ts';
import { prepareConfirmedChildren, walkSums } from './walk-sums.ts';

/** Beyond this many, children are named only a bucket at a time. */
const childrenMax = 256;
const buckets = 256;

export interface AgreementDeps {
  readonly database: RegionDatabase;
  readonly cursors: Cursors;
  readonly sums: TreeSums;
}

/** What this region says of its confirmed state, so that it can be compared (SY13). */
export function createAgreement({
  database,
  cursors,
  sums,
}: AgreementDeps): Pick<RegionStore, 'digest' | 'recomputeDigest' | 'digestChildren'> {
  const isStill = (space: SpaceId, { position }: SpaceRow): boolean => {
    const now = cursors.read(space)?.position;
    return now?.epoch === position.epoch && now.sequence === position.sequence;
  };
  return {
    digest: async (space) => {
      const { position, tree } = known(cursors, space);
      return { position, digest: sums.digest(tree.key) };
    },
    recomputeDigest: async (space) => {
      const row = known(cursors, space);
      const digest = await inReadView(database, function* (view) {
        return spaceDigest(yield* walkSums(view, row.tree.key, { onFolder: () => undefined }), textHash);
      });
      return isStill(space, row) ? { position: row.position, digest } : null;
    },
    digestChildren: (space, folder, bucket) =>
      inReadView(database, function* (view) {
        const { key } = known(prepareCursors(view), space).tree;
        return yield* childrenOf(view, key, { folder, bucket });
      }),
  };
}

function known(cursors: Pick<Cursors, 'read'>, space: SpaceId): SpaceRow {
  const row = cursors.read(space);
  if (row === null) throw new Error(`unknown space ${space}`);
  return row;
}

function* childrenOf(
  view: RegionDatabase,
  tree: TreeKey,
  { folder, bucket }: { readonly folder: EntryId; readonly bucket: number | null },
): Generator<number, DigestChildren> {
  const sums = prepareTreeSums(view);
  const parts = Array.from({ length: buckets }, () => 0n);
  let children: { readonly id: EntryId; readonly term: string }[] | null = [];
  for (const page of prepareConfirmedChildren(view, tree)(folder)) {
    for (const entry of page) {
      const part = bucketOf(entry.id);
      if (bucket !== null && part !== bucket) continue;
      const term = entryTerm(entry, entry.kind === 'folder' ? sums.folder(tree, entry.id).sum : 0n, textHash);
      parts[part] = addTerms(parts[part] ?? 0n, term);
      if (bucket === null && children?.length === childrenMax) children = null;
      children?.push({ id: entry.id, term: sumToText(term) });
    }
    yield page.length;
  }
  const { aliases, versions } = sums.flat(tree);
  return {
    childSum: sumToText(sums.folder(tree, folder).sum),
    aliases: sumToText(aliases),
    versions: sumToText(versions),
    buckets: parts.map(sumToText),
    children,
  };
}
