import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useUiText } from '../text/ui-text.ts';
import classes from './file-table.module.css';
import type { Sort, SortColumn } from './sort-entries.ts';

export interface SortHeadProps {
  readonly column: SortColumn;
  readonly sort: Sort;
  readonly onSort: (() => void) | null;
}

const columnClass: Record<SortColumn, string> = { name: '', size: 'size', modified: 'modified' };

/** The head of a column; a click sorts by it. */
export function SortHead({ column, sort, onSort }: SortHeadProps) {
  const { say } = useUiText();
  const sorted = sort.column === column;
  const Arrow = sort.descending ? IconArrowDown : IconArrowUp;
  return (
    <th
      className={`${classes['head']} ${classes[columnClass[column]] ?? ''}`}
      scope="col"
      aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : 'none'}
    >
      <button type="button" className={classes['sort']} disabled={onSort === null} onClick={() => onSort?.()}>
        {say(`table.${column}`)}
        {sorted && <Arrow size={13} aria-hidden />}
      </button>
    </th>
  );
}
