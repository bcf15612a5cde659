import type { EntryInfo } from '@jzse/api/edge';
import { ActionIcon, Checkbox } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { MouseEvent } from 'react';
import { memo } from 'react';
import { ConflictBadge, HeldBadge, UnconfirmedMark } from '../badges/entry-badges.tsx';
import { formatBytes, formatExactTime, formatTime } from '../text/format.ts';
import { useUiText } from '../text/ui-text.ts';
import { FileIcon } from './file-icon.tsx';
import classes from './file-table.module.css';

export interface RowEvents {
  /** A click on the row, with the keys that were held. */
  readonly onPick: (entry: EntryInfo, keys: { readonly toggle: boolean; readonly range: boolean }) => void;
  readonly onOpen: (entry: EntryInfo) => void;
  /** The menu of the row, wanted at this point of the window. */
  readonly onMenu: (entry: EntryInfo, at: { readonly x: number; readonly y: number }) => void;
  readonly hrefOf: (entry: EntryInfo) => string;
}
export interface FileRowProps {
  readonly entry: EntryInfo;
  readonly rowIndex: number;
  readonly selected: boolean;
  readonly active: boolean;
  readonly narrow: boolean;
  readonly nowMs: number;
  readonly events: RowEvents;
}

export const rowId = (entryId: string): string => `row-${entryId}`;

/** One file or folder. Clicks choose it; its name opens it. */
export const FileRow = memo(function FileRow({ entry, rowIndex, selected, active, narrow, nowMs, events }: FileRowProps) {
  const { say, language } = useUiText();
  const modified = formatTime(entry.modifiedMs, { nowMs, language, justNow: say('time.now') });
  const size = entry.kind === 'file' ? formatBytes(entry.size, language) : '';
  const openName = (event: MouseEvent) => {
    event.stopPropagation();
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    events.onOpen(entry);
  };
  const openMenu = (event: MouseEvent) => {
    event.preventDefault();
    event.stopPropagation();
    events.onMenu(entry, menuPoint(event));
  };
  return (
    <tr
      id={rowId(entry.id)}
      className={classes['row']}
      aria-rowindex={rowIndex}
      aria-selected={selected}
      data-active={active}
      onClick={(event) => events.onPick(entry, { toggle: event.metaKey || event.ctrlKey, range: event.shiftKey })}
      onDoubleClick={() => events.onOpen(entry)}
      onContextMenu={openMenu}
    >
      {!narrow && (
        <td className={classes['check']}>
          <Checkbox
            size="xs"
            checked={selected}
            tabIndex={-1}
            aria-label={say('table.select', { name: entry.name })}
            onClick={(event) => event.stopPropagation()}
            onChange={() => events.onPick(entry, { toggle: true, range: false })}
          />
        </td>
      )}
      <td>
        <div className={classes['name']}>
          <FileIcon kind={entry.kind} name={entry.name} size={narrow ? 28 : 22} />
          <div className={classes['texts']}>
            <div className={classes['line']}>
              <a
                className={classes['link']}
                href={events.hrefOf(entry)}
                title={entry.name}
                tabIndex={-1}
                draggable={false}
                onClick={openName}
              >
                {entry.name}
              </a>
              {entry.siblings > 1 && <ConflictBadge siblings={entry.siblings} />}
              {!entry.confirmed && <UnconfirmedMark />}
            </div>
            {narrow && (
              <span className={classes['facts']}>
                {[size, modified, entry.kind === 'file' && !entry.held ? say('badge.demand') : ''].filter(Boolean).join(' · ')}
              </span>
            )}
          </div>
        </div>
      </td>
      {!narrow && (
        <>
          <td className={classes['where']}>{entry.kind === 'file' && <HeldBadge held={entry.held} />}</td>
          <td className={classes['size']}>{size}</td>
          <td className={classes['modified']} title={formatExactTime(entry.modifiedMs, language)}>
            {modified}
          </td>
        </>
      )}
      <td className={classes['actions']}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={narrow ? 'lg' : 'md'}
          tabIndex={active ? 0 : -1}
          aria-label={say('table.actions', { name: entry.name })}
          aria-haspopup="menu"
          onClick={openMenu}
        >
          <IconDots size={18} />
        </ActionIcon>
      </td>
    </tr>
  );
});

function menuPoint(event: MouseEvent): { readonly x: number; readonly y: number } {
  if (event.type === 'contextmenu' && event.clientX > 0) return { x: event.clientX, y: event.clientY };
  const box = event.currentTarget.getBoundingClientRect();
  return { x: box.right, y: box.bottom };
}
