import type { EntryInfo } from '@jzse/api/edge';
import { Checkbox } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { KeyboardEvent } from 'react';
import { useEffect, useMemo, useRef } from 'react';
import { useUiText } from '../text/ui-text.ts';
import type { RowEvents } from './file-row.tsx';
import { FileRow, rowId } from './file-row.tsx';
import classes from './file-table.module.css';
import type { Selection } from './selection.ts';
import { noSelection, selectAll, selectOnly, selectRange, stepSelection, toggleSelected } from './selection.ts';
import type { Sort, SortColumn } from './sort-entries.ts';
import { nextSort } from './sort-entries.ts';
import { SortHead } from './sort-head.tsx';

export interface FileTableProps {
  readonly label: string;
  readonly entries: readonly EntryInfo[];
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly sort: Sort;
  /** Null where the order is the server's, because not everything is loaded. */
  readonly onSort: ((sort: Sort) => void) | null;
  readonly onOpen: (entry: EntryInfo) => void;
  readonly onMenu: RowEvents['onMenu'];
  readonly hrefOf: (entry: EntryInfo) => string;
  /** The end of what is loaded came into view. */
  readonly onEnd: () => void;
  readonly narrow: boolean;
  readonly nowMs: number;
}

const rowPixels = { wide: 44, narrow: 60 };
const overscanRows = 12;
const columns: readonly SortColumn[] = ['name', 'size', 'modified'];

/** The files of a folder: only rows in view are in the page, however many there are. Arrows move, Enter opens, Space chooses. */
export function FileTable(props: FileTableProps) {
  const { entries, selection, narrow, sort, onSort } = props;
  const { say } = useUiText();
  const viewport = useRef<HTMLDivElement>(null);
  const ids = useMemo(() => entries.map((entry) => entry.id as string), [entries]);
  const rowHeight = narrow ? rowPixels.narrow : rowPixels.wide;
  const rows = useVirtualizer({
    count: entries.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => rowHeight,
    overscan: overscanRows,
    scrollPaddingStart: 40,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const table = useRef<HTMLTableElement>(null);
  // The keyboard goes on here when one comes from another folder, and nothing else has it.
  useEffect(() => {
    if (document.activeElement === document.body) table.current?.focus({ preventScroll: true });
  }, []);
  const { onEnd } = props;
  useEffect(() => {
    if (last >= entries.length - 1) onEnd();
  }, [last, entries.length, onEnd]);

  const select = (next: Selection) => {
    props.onSelect(next);
    const at = next.active === null ? -1 : ids.indexOf(next.active);
    if (at >= 0) rows.scrollToIndex(at);
  };
  const events = useRowEvents(props, ids);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const handled = tableKey(event, {
      ...props,
      ids,
      select,
      pageRows: Math.max(Math.floor((viewport.current?.clientHeight ?? 0) / rowHeight) - 1, 1),
    });
    if (handled) event.preventDefault();
  };
  const before = shown[0]?.start ?? 0;
  const after = rows.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const columnCount = narrow ? 2 : 6;
  return (
    <div ref={viewport} className={`${classes['viewport']} ${narrow ? classes['narrow'] : ''}`}>
      <table ref={table} {...grid(props)} className={classes['table']} onKeyDown={onKeyDown}>
        <thead>
          <tr aria-rowindex={1}>
            {!narrow && (
              <th className={`${classes['head']} ${classes['check']}`} scope="col">
                <Checkbox
                  size="xs"
                  aria-label={say('table.selectAll')}
                  checked={selection.selected.size > 0 && selection.selected.size === ids.length}
                  indeterminate={selection.selected.size > 0 && selection.selected.size < ids.length}
                  onChange={(event) => props.onSelect(event.currentTarget.checked ? selectAll(selection, ids) : noSelection)}
                />
              </th>
            )}
            {columns
              .filter((column) => !narrow || column === 'name')
              .flatMap((column) => [
                ...(column === 'size'
                  ? [
                      <th key="where" className={`${classes['head']} ${classes['where']}`} scope="col">
                        {say('table.where')}
                      </th>,
                    ]
                  : []),
                <SortHead
                  key={column}
                  column={column}
                  sort={sort}
                  onSort={onSort === null ? null : () => onSort(nextSort(sort, column))}
                />,
              ])}
            <th className={`${classes['head']} ${classes['actions']}`} scope="col">
              <span hidden>⋯</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <Spacer height={before} columnCount={columnCount} />
          {shown.map(({ index }) => {
            const entry = entries[index];
            if (entry === undefined) return null;
            const { selected, active } = selection;
            return (
              <FileRow
                key={entry.id}
                entry={entry}
                rowIndex={index + 2}
                selected={selected.has(entry.id)}
                active={active === entry.id}
                narrow={narrow}
                nowMs={props.nowMs}
                events={events}
              />
            );
          })}
          <Spacer height={after} columnCount={columnCount} />
        </tbody>
      </table>
    </div>
  );
}

/** A table that is worked like a list box: one stop of the tab key, arrows inside. */
const grid = ({ label, entries, selection }: FileTableProps) => ({
  role: 'grid',
  tabIndex: 0,
  'aria-label': label,
  'aria-rowcount': entries.length + 1,
  'aria-multiselectable': true,
  'aria-activedescendant': selection.active === null ? undefined : rowId(selection.active),
});

/** Stands in for the rows out of view. */
function Spacer({ height, columnCount }: { readonly height: number; readonly columnCount: number }) {
  if (height <= 0) return null;
  return (
    <tr className={classes['spacer']} aria-hidden>
      <td colSpan={columnCount} height={height} />
    </tr>
  );
}

/** The same object over renders, so that rows that did not change are not drawn again. */
function useRowEvents(props: FileTableProps, ids: readonly string[]): RowEvents {
  const latest = useRef({ props, ids });
  useEffect(() => {
    latest.current = { props, ids };
  });
  return useMemo(
    () => ({
      onPick: (entry, keys) => {
        const { selection, onSelect } = latest.current.props;
        if (keys.range) onSelect(selectRange(selection, latest.current.ids, entry.id));
        else onSelect(keys.toggle ? toggleSelected(selection, entry.id) : selectOnly(entry.id));
      },
      onOpen: (entry) => latest.current.props.onOpen(entry),
      onMenu: (entry, at) => {
        const { selection, onSelect, onMenu } = latest.current.props;
        if (!selection.selected.has(entry.id)) onSelect(selectOnly(entry.id));
        onMenu(entry, at);
      },
      hrefOf: (entry) => latest.current.props.hrefOf(entry),
    }),
    [],
  );
}

interface KeyContext extends FileTableProps {
  readonly ids: readonly string[];
  readonly select: (selection: Selection) => void;
  readonly pageRows: number;
}

/** Whether the table did something with the key. */
function tableKey(event: KeyboardEvent, context: KeyContext): boolean {
  const { ids, selection, select } = context;
  const steps: Record<string, number> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: context.pageRows,
    PageUp: -context.pageRows,
    Home: -ids.length,
    End: ids.length,
  };
  const by = steps[event.key];
  if (by !== undefined) {
    select(stepSelection(selection, ids, { by, extend: event.shiftKey }));
    return true;
  }
  const active = context.entries.find((entry) => entry.id === selection.active);
  if (event.key === 'a' && (event.ctrlKey || event.metaKey)) select(selectAll(selection, ids));
  else if (event.key === 'Escape') select({ ...selection, selected: new Set() });
  else if (active === undefined) return false;
  else if (event.key === 'Enter') context.onOpen(active);
  else if (event.key === ' ') select(toggleSelected(selection, active.id));
  else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
    const box = document.getElementById(rowId(active.id))?.getBoundingClientRect();
    if (box !== undefined) context.onMenu(active, { x: box.left + 60, y: box.bottom });
  } else return false;
  return true;
}
