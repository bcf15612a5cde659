const sizeUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1536` is `1.5 KiB`. */
export function showSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1023.95 && unit < sizeUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${sizeUnits[unit]}`;
}

const timeUnits = [
  { name: 'second', seconds: 1 },
  { name: 'minute', seconds: 60 },
  { name: 'hour', seconds: 3_600 },
  { name: 'day', seconds: 86_400 },
] as const;
const daysMax = 14;

/** `3 minutes ago`; a date when that is longer than two weeks. */
export function showTime(atMs: number | null, nowMs: number): string {
  if (atMs === null) return 'never';
  const seconds = Math.round((nowMs - atMs) / 1000);
  if (Math.abs(seconds) > daysMax * 86_400) return new Date(atMs).toISOString().slice(0, 10);
  if (Math.abs(seconds) < 1) return 'now';
  const unit = timeUnits.findLast((candidate) => Math.abs(seconds) >= candidate.seconds) ?? timeUnits[0];
  const count = Math.floor(Math.abs(seconds) / unit.seconds);
  const text = count === 1 ? `1 ${unit.name}` : `${count} ${unit.name}s`;
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

/** `850 ms`, `2.4 s`, `3 min`: how long something takes or lasts. */
export function showDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 5_400_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

export const count = (amount: number, one: string, many = `${one}s`): string =>
  `${amount.toLocaleString('en')} ${amount === 1 ? one : many}`;

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly right?: boolean;
}

/** Aligned columns under a line of titles; the last column is not padded. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = [columns.map(({ title }) => title.toUpperCase()), ...rows.map((row) => columns.map(({ value }) => value(row)))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => displayWidth(line[at] ?? ''))));
  const shown = lines.map((line) =>
    line
      .map((cell, at) => {
        const space = ' '.repeat((widths[at] ?? 0) - displayWidth(cell));
        return columns[at]?.right === true ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
  return `${shown.join('\n')}\n`;
}

/** Terminal cells: Chinese, Japanese and Korean characters take two. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width += /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|[！-｠]/u.test(character) ? 2 : 1;
  return width;
}

/** Names come from other people: what could steer a terminal is shown, not sent. */
export const showName = (name: string): string =>
  name.replace(
    /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
