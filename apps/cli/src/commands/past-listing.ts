import { pageItemsMax } from '@jzse/api';
import type { PastEntry, PastListing } from '@jzse/api/edge';
import type { EdgeClient } from '@jzse/client';
import { type Cli, print, printJsonArray } from '../cli.ts';
import { type MomentInPast, parseMoment } from '../moment.ts';
import { showName, showSize, table } from '../show.ts';
import { parseSpacePath } from '../space-path.ts';

export interface PastWish {
  readonly client: EdgeClient;
  readonly space: string;
  readonly path: string;
  readonly moment: MomentInPast;
  readonly recursive: boolean;
  readonly json: boolean;
}

/** Where and when. Throws `UsageError`. */
export function parsePast(place: string, at: string): Pick<PastWish, 'space' | 'path' | 'moment'> {
  const { space, path } = parseSpacePath(place);
  return { space, path, moment: parseMoment(at, Date.now()) };
}

/** A folder as it was, a page at a time. */
export async function showPast(cli: Cli, wish: PastWish): Promise<void> {
  if (wish.json) return printJsonArray(cli, entriesOf(wish));
  let isEmpty = true;
  for await (const page of pagesOf(wish)) {
    if (page.entries.length === 0) continue;
    isEmpty = false;
    print(
      cli,
      table(page.entries, [
        { title: 'size', right: true, value: ({ kind, size }) => (kind === 'folder' ? '' : showSize(size)) },
        { title: 'version', value: ({ version }) => version ?? '' },
        { title: 'by', value: ({ author }) => showName(author?.user ?? '') },
        { title: 'path', value: ({ path, kind }) => showName(kind === 'folder' ? `${path}/` : path) },
      ]),
    );
  }
  if (isEmpty) print(cli, `${wish.space}:${showName(wish.path)} was empty then.\n`);
}

async function* entriesOf(wish: PastWish): AsyncGenerator<PastEntry> {
  for await (const page of pagesOf(wish)) yield* page.entries;
}

async function* pagesOf({ client, space, path, moment, recursive }: PastWish): AsyncGenerator<PastListing> {
  let after: string | null = null;
  do {
    const page: PastListing = await client.trpc.listAt.query({ space, path, moment, recursive, after, limit: pageItemsMax });
    yield page;
    after = page.next;
  } while (after !== null);
}
