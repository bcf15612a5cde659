import type { EntryInfo } from '@jzse/api/edge';

export type SortColumn = 'name' | 'size' | 'modified';
export interface Sort {
  readonly column: SortColumn;
  readonly descending: boolean;
}

export const sortByName: Sort = { column: 'name', descending: false };

/** Folders first, then by the column; names as people count (`2` before `10`). Does not change `entries`. */
export function sortEntries(entries: readonly EntryInfo[], sort: Sort, language: string): EntryInfo[] {
  const collator = new Intl.Collator(language, { numeric: true, sensitivity: 'base' });
  const byName = (left: EntryInfo, right: EntryInfo) => collator.compare(left.name, right.name);
  const byColumn: Record<SortColumn, (left: EntryInfo, right: EntryInfo) => number> = {
    name: byName,
    size: (left, right) => left.size - right.size || byName(left, right),
    modified: (left, right) => left.modifiedMs - right.modifiedMs || byName(left, right),
  };
  const direction = sort.descending ? -1 : 1;
  return [...entries].sort(
    (left, right) => Number(left.kind === 'file') - Number(right.kind === 'file') || direction * byColumn[sort.column](left, right),
  );
}

/** What a click on a column's head asks for: the column, and the other way round at the second click. */
export const nextSort = (sort: Sort, column: SortColumn): Sort =>
  sort.column === column ? { column, descending: !sort.descending } : { column, descending: column !== 'name' };
