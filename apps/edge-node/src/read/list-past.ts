import type { HistoryServices } from '@jzse/api/edge';
import { type PastReadDeps, pastEntry } from './past-tree.ts';

/** A folder as it was. Throws `history-ended`, `unknown-path`, `hub-unreachable`. */
export async function listPast(
  { treeAt }: PastReadDeps,
  request: Parameters<HistoryServices['listAt']>[0],
): ReturnType<HistoryServices['listAt']> {
  const { space, path, moment, recursive, after, limit } = request;
  const { position, entries, next } = await treeAt({ space, path, moment, recursive, after, limit });
  return { position, entries: entries.map(pastEntry), next };
}
