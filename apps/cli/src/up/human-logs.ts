import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const levels = [
  { least: 50, name: 'ERROR', style: 'red' },
  { least: 40, name: 'WARN ', style: 'yellow' },
  { least: 30, name: 'info ', style: 'green' },
  { least: 0, name: 'debug', style: 'gray' },
] as const;
const valueCharactersMax = 160;
const lineCharactersMax = 16_384;
/** Told already by where the line stands, or by its prefix. */
const leftOut = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name', 'service', 'region', 'v', 'err', 'stack']);
const nameStyles: readonly Style[] = ['magenta', 'cyan', 'blue', 'yellow', 'green'];

export interface LogStyle {
  readonly colours: boolean;
  /** Lines as the server wrote them. */
  readonly raw: boolean;
  /** Cells of the widest name. */
  readonly nameWidth: number;
}

/** A line of a server's log, for people: time, server, level, message, and what belongs to it. */
export function humanLine(line: string, from: { readonly name: string; readonly index: number }, style: LogStyle): string {
  const paint = (format: Style, text: string) => (style.colours ? styleText(format, text, { validateStream: false }) : text);
  const name = paint(nameStyles[from.index % nameStyles.length] ?? 'cyan', from.name.padEnd(style.nameWidth));
  const short = line.slice(0, lineCharactersMax);
  const entry = style.raw ? null : parseEntry(short);
  if (entry === null) return `${name}  ${short}`;
  const level = levels.find(({ least }) => entry.level >= least) ?? levels[3];
  const facts = Object.entries(entry.rest).map(([key, value]) => `${key}=${showValue(value)}`);
  const time = new Date(entry.time).toTimeString().slice(0, 8);
  const shown = [
    `${paint('gray', time)} ${name} ${paint(level.style, level.name)} ${entry.message}`,
    ...(entry.error === null ? [] : [entry.error]),
  ];
  return `${shown.join(': ')}${facts.length === 0 ? '' : ` ${paint('gray', facts.join(' '))}`}`;
}

function parseEntry(line: string) {
  if (!line.startsWith('{')) return null;
  try {
    const { level, time, msg, err, ...others } = JSON.parse(line) as Record<string, unknown>;
    if (typeof level !== 'number') return null;
    return {
      level,
      time: typeof time === 'number' || typeof time === 'string' ? time : Date.now(),
      message: typeof msg === 'string' ? msg : '',
      error: errorText(err),
      rest: Object.fromEntries(Object.entries(others).filter(([key]) => !leftOut.has(key))),
    };
  } catch {
    return null;
  }
}

function errorText(error: unknown): string | null {
  if (error === null || typeof error !== 'object') return null;
  const { message, code } = error as { readonly message?: unknown; readonly code?: unknown };
  return `${String(message ?? 'unknown error')}${code === undefined ? '' : ` (${String(code)})`}`;
}

function showValue(value: unknown): string {
  const text = typeof value === 'string' && /^[^\s="]+$/.test(value) ? value : (JSON.stringify(value) ?? '');
  return text.length <= valueCharactersMax ? text : `${text.slice(0, valueCharactersMax)}…`;
}
