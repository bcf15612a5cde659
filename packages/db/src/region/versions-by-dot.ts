import type { Dot, SpaceId, Version } from '@jzse/sync';
import { dotKey, nearestCommonAncestor } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { SpaceTrees, TreeKey } from './space-tree.ts';

/** Versions by their name. */
export interface VersionsByDot {
  read(space: SpaceId, dot: Dot): Version | null;
  of(tree: TreeKey, dot: Dot): Version | null;
  commonAncestor(space: SpaceId, dots: readonly Dot[]): Version | null;
}

export function prepareVersionsByDot(database: RegionDatabase, trees: SpaceTrees): VersionsByDot {
  const state = database.prepare<[string, string], string>('SELECT state FROM version WHERE tree = ? AND dot = ?').pluck();
  const versionOf = (tree: TreeKey, dot: Dot): Version | null => {
    const found = state.get(tree, dotKey(dot));
    return found === undefined ? null : (JSON.parse(found) as Version);
  };
  return {
    of: versionOf,
    read: (space, dot) => versionOf(trees.of(space).key, dot),
    commonAncestor: (space, dots) => {
      const { key } = trees.of(space);
      const ancestor = nearestCommonAncestor(dots, (dot) => versionOf(key, dot));
      return ancestor === null ? null : versionOf(key, ancestor);
    },
  };
}
