import { pageItemsMax } from '@jzse/api';
import type { EntryInfo } from '@jzse/api/edge';
import type { EdgeTrpc } from './edge-client.ts';

/** Everything in one folder, page by page. */
export async function* listFolder(trpc: EdgeTrpc, space: string, path: string): AsyncGenerator<EntryInfo> {
  let after: string | null = null;
  do {
    const page: { readonly entries: readonly EntryInfo[]; readonly next: string | null } = await trpc.list.query({
      space,
      path,
      after,
      limit: pageItemsMax,
    });
    yield* page.entries;
    after = page.next;
  } while (after !== null);
}

/** Everything below a folder, parents before what is in them; `depth` of its direct entries is 1. */
export async function* walkSpace(
  trpc: EdgeTrpc,
  at: { readonly space: string; readonly path: string; readonly depth?: number; readonly depthMax?: number },
): AsyncGenerator<{ readonly entry: EntryInfo; readonly depth: number }> {
  const depth = at.depth ?? 1;
  for await (const entry of listFolder(trpc, at.space, at.path)) {
    yield { entry, depth };
    if (entry.kind === 'folder' && depth < (at.depthMax ?? Number.POSITIVE_INFINITY)) {
      yield* walkSpace(trpc, { ...at, path: entry.path, depth: depth + 1 });
    }
  }
}
