import { formatPatch, OMIT_HEADERS, structuredPatch } from 'diff';

/** Characters of both texts, and of the differences; people read no more. */
const comparedCharactersMax = 2 * 1024 * 1024;
const shownCharactersMax = 256 * 1024;
const contextLines = 3;
/** Lines that differ, both sides counted; it is done where the caller is, so that the worst takes a fraction of a second. */
const editsMax = 1_000;
const byteOrderMark = '\ufeff';

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * How `right` differs from `left`, as `diff -u` shows it; empty if they are equal, or where it is too much to read. Kinds of line ends and
 * byte order marks do not count among the lines; where nothing else differs, that is said in their place.
 */
export function unifiedDiff(left: NamedText, right: NamedText): string {
  if (left.text === right.text || left.text.length + right.text.length > comparedCharactersMax) return '';
  const patch = structuredPatch(left.name, right.name, withoutMark(left.text), withoutMark(right.text), undefined, undefined, {
    context: contextLines,
    stripTrailingCr: true,
    maxEditLength: editsMax,
  });
  if (patch === undefined) return '';
  const shown = patch.hunks.length > 0 ? formatPatch(patch, OMIT_HEADERS) : `${unseenDifference(left.text, right.text)}\n`;
  // The names are written here: the library's headers would show all that is not ASCII as octal numbers.
  return shown.length > shownCharactersMax ? '' : `--- ${left.name}\n+++ ${right.name}\n${shown}`;
}

const hasMark = (text: string): boolean => text.startsWith(byteOrderMark);
const withoutMark = (text: string): string => (hasMark(text) ? text.slice(byteOrderMark.length) : text);

function unseenDifference(left: string, right: string): string {
  if (hasMark(left) === hasMark(right)) return 'only the line ends differ';
  return `only the byte order mark differs: ${hasMark(right) ? 'added' : 'removed'}`;
}
