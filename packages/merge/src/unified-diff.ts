import { matchLines } from './common-lines.ts';
import { splitAtAnchors } from './split-at-anchors.ts';
import { splitTexts, type TextLines } from './text-lines.ts';

/** Characters of both texts, and of the differences; people read no more. */
const comparedCharactersMax = 2 * 1024 * 1024;
const shownCharactersMax = 256 * 1024;
const contextLines = 3;
/** Lines that differ in one stretch; it is done where the caller is, so that it takes milliseconds. */
const editsMax = 1_000;

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** How `right` differs from `left`, as `diff -u` shows it; empty if they are equal, or where it is too much to read. */
export function unifiedDiff(left: NamedText, right: NamedText): string {
  if (left.text === right.text || left.text.length + right.text.length > comparedCharactersMax) return '';
  const [leftLines, rightLines] = splitTexts([left.text, right.text]) as [TextLines, TextLines];
  const changes = changesOf(leftLines.lines, rightLines.lines);
  if (changes === null) return '';
  const shown = [`--- ${left.name}`, `+++ ${right.name}`];
  if (changes.length === 0) shown.push(onlyEndsDiffer(leftLines, rightLines));
  for (const hunk of hunksOf(changes)) shown.push(...hunkLines(hunk, leftLines, rightLines));
  const text = `${shown.join('\n')}\n`;
  return text.length > shownCharactersMax ? '' : text;
}

interface Change {
  readonly left: { readonly start: number; readonly length: number };
  readonly right: { readonly start: number; readonly length: number };
}

/** Null: too much differs. */
function changesOf(left: readonly string[], right: readonly string[]): Change[] | null {
  const changes: Change[] = [];
  for (const { parts } of splitAtAnchors([left, right])) {
    const [leftPart, rightPart] = parts as [(typeof parts)[number], (typeof parts)[number]];
    const matches = matchLines(leftPart.lines, rightPart.lines, editsMax);
    if (matches === null) return null;
    let from = { left: 0, right: 0 };
    for (let at = 0; at <= leftPart.lines.length; at++) {
      const rightAt = matches[at] ?? rightPart.lines.length;
      if (rightAt < 0) continue;
      const [leftLength, rightLength] = [at - from.left, rightAt - from.right];
      if (leftLength + rightLength > 0) {
        const leftRange = { start: leftPart.start + from.left, length: leftLength };
        changes.push({ left: leftRange, right: { start: rightPart.start + from.right, length: rightLength } });
      }
      from = { left: at + 1, right: rightAt + 1 };
    }
  }
  return changes;
}

/** Changes whose surroundings touch are shown as one. */
function hunksOf(changes: readonly Change[]): Change[][] {
  const hunks: Change[][] = [];
  for (const change of changes) {
    const last = hunks.at(-1)?.at(-1);
    if (last !== undefined && change.left.start - (last.left.start + last.left.length) <= 2 * contextLines) hunks.at(-1)?.push(change);
    else hunks.push([change]);
  }
  return hunks;
}

function hunkLines(hunk: readonly Change[], left: TextLines, right: TextLines): string[] {
  const [first, last] = [hunk[0], hunk.at(-1)] as [Change, Change];
  const before = Math.min(contextLines, first.left.start);
  const leftEnd = Math.min(left.lines.length, last.left.start + last.left.length + contextLines);
  const body: string[] = [];
  let at = first.left.start - before;
  const add = (sign: string, text: TextLines, range: { readonly from: number; readonly to: number }): void => {
    for (let line = range.from; line < range.to; line++) {
      body.push(sign + text.lines[line]);
      if (line === text.lines.length - 1 && text.endsWithLineEnd === false) body.push('\\ No newline at end of file');
    }
  };
  for (const change of hunk) {
    add(' ', left, { from: at, to: change.left.start });
    at = change.left.start + change.left.length;
    add('-', left, { from: change.left.start, to: at });
    add('+', right, { from: change.right.start, to: change.right.start + change.right.length });
  }
  add(' ', left, { from: at, to: leftEnd });
  const after = leftEnd - (last.left.start + last.left.length);
  const leftStart = first.left.start - before;
  const rightStart = first.right.start - before;
  const rightEnd = last.right.start + last.right.length + after;
  return [`@@ -${rangeOf(leftStart, leftEnd)} +${rangeOf(rightStart, rightEnd)} @@`, ...body];
}

/** Lines count from 1; an empty range names the line before it. */
const rangeOf = (start: number, end: number): string =>
  end - start === 1 ? `${start + 1}` : `${end === start ? start : start + 1},${end - start}`;

function onlyEndsDiffer(left: TextLines, right: TextLines): string {
  if (left.byteOrderMark !== right.byteOrderMark) return `only the byte order mark differs: ${right.byteOrderMark ? 'added' : 'removed'}`;
  return left.endsWithLineEnd === right.endsWithLineEnd ? 'only the line ends differ' : 'only the end of the last line differs';
}
