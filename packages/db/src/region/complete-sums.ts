import type { RegionDatabase } from './open-database.ts';
import { finish } from './read-view.ts';
import type { TreeKey } from './space-tree.ts';
import { prepareTreeSums } from './tree-sums.ts';
import { walkSums } from './walk-sums.ts';

/** Sums (SY13) of trees that were filled by a JzSE that kept none. */
export function completeSums(database: RegionDatabase): void {
  const lacking = database
    .prepare<[], TreeKey>('SELECT space.tree FROM space JOIN tree ON tree.key = space.tree WHERE tree.aliases IS NULL')
    .pluck();
  const sums = prepareTreeSums(database);
  for (const tree of lacking.all())
    database.transaction(() => {
      sums.setFlat(tree, finish(walkSums(database, tree, { onFolder: (id, kept) => sums.setFolder(tree, id, kept) })));
    })();
}
