import type { Brand, SpaceId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';

/** Names the rows of one state of a space: the one that is shown, or one that a snapshot builds beside it. */
export type TreeKey = Brand<string, 'TreeKey'>;
export interface SpaceTree {
  readonly space: SpaceId;
  readonly key: TreeKey;
}

/** Which trees there are. Written inside transactions only. */
export interface SpaceTrees {
  /** The one that is shown. */
  of(space: SpaceId): SpaceTree;
  /** A new one, empty, that nobody is shown. */
  begin(space: SpaceId): SpaceTree;
  /** From here on it is the one that is shown. */
  show(tree: SpaceTree): void;
  /** Those that are not shown: left by a snapshot that replaced them, or that was broken off. */
  unshown(): TreeKey[];
}

export function prepareSpaceTrees(database: RegionDatabase): SpaceTrees {
  const shown = database.prepare<[string], TreeKey>('SELECT tree FROM space WHERE id = ?').pluck();
  const keys = database.prepare<[string, string], TreeKey>('SELECT key FROM tree WHERE key >= ? AND key < ?').pluck();
  const add = database.prepare('INSERT INTO tree (key, space) VALUES (?, ?)');
  const show = database.prepare('UPDATE space SET tree = ? WHERE id = ?');
  const unshown = database
    .prepare<[], TreeKey>(
      'SELECT key FROM tree WHERE NOT EXISTS (SELECT 1 FROM space WHERE space.id = tree.space AND space.tree = tree.key)',
    )
    .pluck();
  return {
    of: (space) => ({ space, key: shown.get(space) ?? (space as string as TreeKey) }),
    begin: (space) => {
      const numbers = keys.all(`${space}#`, `${space}$`).map((key) => Number(key.slice(space.length + 1)));
      const key = `${space}#${Math.max(0, ...numbers) + 1}` as TreeKey;
      add.run(key, space);
      return { space, key };
    },
    show: ({ space, key }) => void show.run(key, space),
    unshown: () => unshown.all(),
  };
}
