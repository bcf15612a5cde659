import { errorTextsEn } from './errors-en.ts';
import type { Texts } from './use-text.ts';

type ErrorRows = { readonly [Code in keyof typeof errorTextsEn as `error.${Code}`]: string };

const rows = {
  'language.title': 'Language',
  'language.auto': 'As the browser',
  'scheme.title': 'Appearance',
  'scheme.auto': 'As the system',
  'scheme.light': 'Light',
  'scheme.dark': 'Dark',
  'frame.skip': 'Skip to content',
  'state.retry': 'Try again',
  'state.details': 'Details',
  'state.loading': 'Loading',
  'connection.connecting': 'Connecting',
  'connection.live': 'Live',
  'connection.reconnecting': 'Reconnecting',
  'connection.offline': 'Offline',
  'badge.held': 'Held here',
  'badge.heldHint': 'This region has all its bytes',
  'badge.demand': 'On demand',
  'badge.demandHint': 'Fetched from another region when it is opened',
  'badge.unconfirmed': 'Not confirmed yet',
  'badge.unconfirmedHint': 'Safe in this region; the hub has not ordered it yet',
  'badge.conflict_one': '{{count}} version',
  'badge.conflict_other': '{{count}} versions',
  'badge.conflictHint': 'Changed in several places at once. The newest is shown, the others are kept in the history',
  'path.label': 'Path',
  'path.more': 'Folders in between',
  'table.label': 'Files in {{folder}}',
  'table.name': 'Name',
  'table.size': 'Size',
  'table.modified': 'Modified',
  'table.where': 'Where',
  'table.folder': 'Folder',
  'table.file': 'File',
  'table.actions': 'Actions for {{name}}',
  'table.select': 'Select {{name}}',
  'table.selectAll': 'Select all',
  'shortcuts.title': 'Keyboard',
  'time.now': 'just now',
} as const;

export const uiTextsEn: typeof rows & ErrorRows = { ...rows, ...prefixed(errorTextsEn) };

function prefixed(texts: typeof errorTextsEn): ErrorRows {
  return Object.fromEntries(Object.entries(texts).map(([code, text]) => [`error.${code}`, text])) as Texts as ErrorRows;
}
