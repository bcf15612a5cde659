import type { Entry, EntryId, SpaceId } from '@jzse/sync';
import { addTerms, entryTerm, rootId } from '@jzse/sync';
import type { HubStore } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';
import { bucketOf, sumToText, textHash, textToSum } from './text-hash.ts';
import { UnknownSpace } from './unknown-space.ts';

type Answer = Awaited<ReturnType<HubStore['digestChildren']>>;
type Child = NonNullable<Answer['children']>[number];

const bucketCount = 256;
/** More children than these are not named unless a bucket is asked for. */
const childrenMax = 256;
const rowsPerRead = 1000;
const attemptsMax = 5;

interface SumsRow {
  readonly epoch: number;
  readonly sequence: number;
  readonly rootSum: string;
  readonly aliases: string;
  readonly versions: string;
  readonly childSum: string | null;
}

/** One folder of the digest tree: for finding where a region differs. Read while the log stands still; begun anew where it does not. */
export function prepareDigestChildren(database: HubDatabase): HubStore['digestChildren'] {
  return async (space, folder, bucket) => {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const before = await readSums(database, space, folder);
      const { buckets, children } = await readChildren(database, space, { folder, bucket });
      const after = await readSums(database, space, folder);
      if (before.sequence !== after.sequence || before.epoch !== after.epoch) continue;
      const { epoch, sequence, rootSum, aliases, versions, childSum } = after;
      return {
        position: { epoch, sequence },
        childSum: folder === rootId ? rootSum : (childSum ?? '0'),
        aliases,
        versions,
        buckets: buckets.map(sumToText),
        children,
      };
    }
    throw new Error(`the log of ${space} never stands still: ask again`);
  };
}

async function readSums(database: HubDatabase, space: SpaceId, folder: EntryId): Promise<SumsRow> {
  const [row] = await database<SumsRow[]>`
    SELECT epoch, sequence, root_sum AS "rootSum", alias_sum AS aliases, version_sum AS versions,
      (SELECT child_sum FROM entry WHERE entry.space = space.id AND entry.id = ${folder}) AS "childSum"
    FROM space WHERE id = ${space}`;
  if (row === undefined) throw new UnknownSpace(space);
  return row;
}

/** `bucket` null: all children, named only if they are few. */
async function readChildren(
  database: HubDatabase,
  space: SpaceId,
  { folder, bucket }: { readonly folder: EntryId; readonly bucket: number | null },
): Promise<{ readonly buckets: readonly bigint[]; readonly children: readonly Child[] | null }> {
  const buckets = Array.from({ length: bucketCount }, () => 0n);
  const children: Child[] = [];
  const namedMax = bucket === null ? childrenMax : Number.POSITIVE_INFINITY;
  let isNamed = true;
  for await (const rows of childRows(database, space, folder)) {
    for (const { state, childSum } of rows) {
      const entry = JSON.parse(state) as Entry;
      const at = bucketOf(entry.id);
      const term = entryTerm(entry, textToSum(childSum), textHash);
      buckets[at] = addTerms(buckets[at] ?? 0n, term);
      if (bucket !== null && bucket !== at) continue;
      isNamed &&= children.length < namedMax;
      if (isNamed) children.push({ id: entry.id, term: sumToText(term) });
    }
  }
  return { buckets, children: isNamed ? children.sort((left, right) => (left.id < right.id ? -1 : 1)) : null };
}

interface ChildRow {
  readonly key: string;
  readonly state: string;
  readonly childSum: string;
}

/** Live ones by name, of which a folder has each once, then tombstones by id. */
async function* childRows(database: HubDatabase, space: SpaceId, folder: EntryId): AsyncGenerator<readonly ChildRow[]> {
  const readLive = (after: string) => database<ChildRow[]>`
    SELECT name_key AS key, state, child_sum AS "childSum" FROM entry
    WHERE space = ${space} AND parent_id = ${folder} AND live AND name_key > ${after} ORDER BY name_key LIMIT ${rowsPerRead}`;
  const readGone = (after: string) => database<ChildRow[]>`
    SELECT id AS key, state, child_sum AS "childSum" FROM entry
    WHERE space = ${space} AND parent_id = ${folder} AND NOT live AND id > ${after} ORDER BY id LIMIT ${rowsPerRead}`;
  for (const read of [readLive, readGone]) {
    for (let after = ''; ; ) {
      const rows = await read(after);
      yield rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < rowsPerRead) break;
      after = last.key;
    }
  }
}
