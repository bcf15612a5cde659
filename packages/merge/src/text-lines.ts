/** A text taken apart: what a merge compares are lines without their ends. */
export interface TextLines {
  readonly lines: readonly string[];
  readonly byteOrderMark: boolean;
  /** Of every line; null: there is none, or not one kind, and each line keeps its own. */
  readonly lineEnd: '\n' | '\r\n' | null;
  /** Whether the last line has one; null for a text without lines. */
  readonly endsWithLineEnd: boolean | null;
}

/** Lines of one version; more are not merged. */
export const linesMax = 500_000;
const mark = '\ufeff';

/** Texts that are compared with each other are split alike: line ends are put aside only if each text has one kind. */
export function splitTexts(texts: readonly string[]): TextLines[] {
  const areUniform = texts.every((text) => lineEndsOf(text) !== 'mixed');
  return texts.map((text) => splitText(text, areUniform));
}

function splitText(text: string, isUniform: boolean): TextLines {
  const byteOrderMark = text.startsWith(mark);
  const rest = byteOrderMark ? text.slice(1) : text;
  const ends = lineEndsOf(text);
  const lineEnd = isUniform && (ends === '\n' || ends === '\r\n') ? ends : null;
  const lines = rest.split(lineEnd ?? '\n');
  const endsWithLineEnd = rest === '' ? null : lines.at(-1) === '';
  if (lines.at(-1) === '') lines.pop();
  return { lines, byteOrderMark, lineEnd, endsWithLineEnd };
}

function lineEndsOf(text: string): '\n' | '\r\n' | 'none' | 'mixed' {
  const all = count(text, '\n');
  const withReturn = count(text, '\r\n');
  if (all === 0) return 'none';
  return withReturn === 0 ? '\n' : withReturn === all ? '\r\n' : 'mixed';
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found++;
  return found;
}

/** One text again, from merged lines and from what the three versions say of the rest of it. */
export function joinLines(
  lines: readonly string[],
  versions: { readonly base: TextLines; readonly left: TextLines; readonly right: TextLines },
): string {
  const { base, left, right } = versions;
  const prefix = chosen(base.byteOrderMark, left.byteOrderMark, right.byteOrderMark) ? mark : '';
  const lineEnd = chosen(base.lineEnd, left.lineEnd, right.lineEnd) ?? left.lineEnd ?? right.lineEnd ?? base.lineEnd ?? '\n';
  const isClosed = chosen(base.endsWithLineEnd, left.endsWithLineEnd, right.endsWithLineEnd) ?? true;
  return prefix + lines.join(lineEnd) + (isClosed && lines.length > 0 ? lineEnd : '');
}

/** Three-way choice of one value; where both sides changed it otherwise, the same one whichever side is named first. */
function chosen<T extends string | boolean | null>(base: T, left: T, right: T): T {
  if (left === right || right === base) return left;
  if (left === base) return right;
  return String(left) < String(right) ? left : right;
}

/** Adds at the end; unlike a spread argument it does so however much it is. */
export function append(lines: string[], more: readonly string[]): void {
  for (const line of more) lines.push(line);
}
