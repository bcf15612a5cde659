import type { EntryId, SpaceId } from '@jzse/sync';
import { addTerms, entryTerm, spaceDigest } from '@jzse/sync';
import type { Cursors, SpaceRow } from './cursor.ts';
import { prepareCursors } from './cursor.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RegionDatabase } from './open-database.ts';
import { inReadView } from './read-view.ts';
import type { DigestChildren, RegionStore } from './region-store.ts';
import type { TreeKey } from './space-tree.ts';
import { bucketOf, sumToText, textHash } from './text-hash.ts';
import type { FlatSums, FolderSum, TreeSums } from './tree-sums.ts';
import { prepareTreeSums } from './tree-sums.ts';
import { prepareConfirmedChildren, walkSums } from './walk-sums.ts';

/** Beyond this many, children are named only a bucket at a time. */
const childrenMax = 256;
const buckets = 256;

/** A correction is one transaction; where more folders than these are wrong, another one goes on. */
const correctedFoldersMax = 10_000;

export interface AgreementDeps {
  readonly database: RegionDatabase;
  readonly group: GroupCommit;
  readonly cursors: Cursors;
  readonly sums: TreeSums;
}

/** What this region says of its confirmed state, so that it can be compared (SY13). */
export function createAgreement(deps: AgreementDeps): Pick<RegionStore, 'digest' | 'recomputeDigest' | 'correctSums' | 'digestChildren'> {
  const { database, cursors, sums } = deps;
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
    correctSums: async (space) => {
      const row = known(cursors, space);
      for (;;) {
        const { wrong, flat, isAll } = await inReadView(database, (view) => wrongSums(view, row.tree.key));
        const isDone = await deps.group.run(() => {
          if (!isStill(space, row)) return false;
          for (const [id, kept] of wrong) sums.setFolder(row.tree.key, id, kept);
          sums.setFlat(row.tree.key, flat);
          return true;
        });
        if (!isDone || isAll) return isDone;
      }
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

interface WrongSums {
  readonly wrong: ReadonlyMap<EntryId, FolderSum>;
  readonly flat: FlatSums;
  readonly isAll: boolean;
}

function* wrongSums(view: RegionDatabase, tree: TreeKey): Generator<number, WrongSums> {
  const stored = prepareTreeSums(view);
  const wrong = new Map<EntryId, FolderSum>();
  let isAll = true;
  const onFolder = (id: EntryId, kept: FolderSum): void => {
    const { sum, files } = stored.folder(tree, id);
    if (sum === kept.sum && files === kept.files) return;
    if (wrong.size < correctedFoldersMax) wrong.set(id, kept);
    else isAll = false;
  };
  const { aliases, versions } = yield* walkSums(view, tree, { onFolder });
  return { wrong, flat: { aliases, versions }, isAll };
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
