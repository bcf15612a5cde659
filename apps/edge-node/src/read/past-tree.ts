import { JzseError, pageItemsMax } from '@jzse/api';
import type { Moment, PastEntry } from '@jzse/api/edge';
import type { HubServices, PastTreePage } from '@jzse/api/hub';
import type { SpaceId } from '@jzse/sync';
import { dotKey, nameKey, splitPath, winner } from '@jzse/sync';

export interface PastReadDeps {
  /** The hub's: throws `history-ended`, `unknown-path`, `hub-unreachable`. */
  readonly treeAt: HubServices['treeAt'];
}
export interface PastPlace {
  readonly space: SpaceId;
  readonly path: string;
  readonly moment: Moment;
}
export type PlacedEntry = PastTreePage['entries'][number];

/** All that stood below a path (of a file: itself), folders before what is in them, siblings by name key; read page by page. */
export async function* pastTree({ treeAt }: PastReadDeps, place: PastPlace): AsyncGenerator<PlacedEntry, void, undefined> {
  let after: string | null = null;
  do {
    const page: PastTreePage = await treeAt({ ...place, recursive: true, after, limit: pageItemsMax });
    yield* page.entries;
    after = page.next;
  } while (after !== null);
}

/** The same; nothing where nothing was at the path then. */
export async function* pastTreeOrNone(
  deps: PastReadDeps,
  place: PastPlace,
  onNone: () => void,
): AsyncGenerator<PlacedEntry, void, undefined> {
  try {
    yield* pastTree(deps, place);
  } catch (cause) {
    if (!(cause instanceof JzseError) || cause.code !== 'unknown-path') throw cause;
    onNone();
  }
}

export function pastEntry({ path, entry }: PlacedEntry): PastEntry {
  const shown = winner(entry);
  return {
    id: entry.id,
    kind: entry.kind,
    path,
    size: shown?.content.size ?? 0,
    version: shown === null ? null : dotKey(shown.dot),
    author: shown?.author ?? null,
  };
}

/** The order of `pastTree`: name by name, by code points. */
export function comparePaths(left: string, right: string): number {
  const [leftNames, rightNames] = [splitPath(left), splitPath(right)];
  for (let depth = 0; depth < leftNames.length && depth < rightNames.length; depth++) {
    const order = Buffer.compare(keyOf(leftNames[depth] ?? ''), keyOf(rightNames[depth] ?? ''));
    if (order !== 0) return order;
  }
  return leftNames.length - rightNames.length;
}

const keyOf = (name: string): Buffer => Buffer.from(nameKey(name));
