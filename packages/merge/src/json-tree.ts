/** A JSON value with the text that it was written as, so that what nobody changed is written again as it was: large numbers, escapes and layout included. */
export type JsonNode =
  | { readonly kind: 'object'; readonly source: string; readonly members: ReadonlyMap<string, JsonNode> }
  | { readonly kind: 'array'; readonly source: string; readonly items: readonly JsonNode[] }
  /** `value`: comparable text; strings by what they say, everything else as it is written. */
  | { readonly kind: 'scalar'; readonly source: string; readonly value: string };

/** Text that cannot be merged as JSON; the message says why and where. */
export class NotJson extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotJson';
  }
}

/** Levels of nesting. */
const depthMax = 500;
const spaces = /[ \t\r\n]*/y;
const other = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Strict JSON (RFC 8259). Throws `NotJson`, also for a key that is there twice: which one counts nobody can say. */
export function parseJson(text: string): JsonNode {
  const reader: Reader = { text, at: 0 };
  skip(reader, spaces);
  const node = readValue(reader, 0);
  skip(reader, spaces);
  if (reader.at < text.length) throw unexpected(reader);
  return node;
}

interface Reader {
  readonly text: string;
  at: number;
}

function readValue(reader: Reader, depth: number): JsonNode {
  if (depth > depthMax) throw new NotJson(`it is nested deeper than ${depthMax} levels`);
  const start = reader.at;
  const first = reader.text[start];
  if (first === '{') return readObject(reader, depth);
  if (first === '[') return readArray(reader, depth);
  if (first === '"') {
    const source = readString(reader);
    return { kind: 'scalar', source, value: `"${JSON.parse(source)}` };
  }
  const source = skip(reader, other);
  if (source === '') throw unexpected(reader);
  return { kind: 'scalar', source, value: source };
}

function readObject(reader: Reader, depth: number): JsonNode {
  const start = reader.at;
  const members = new Map<string, JsonNode>();
  readList(reader, '}', () => {
    const key = JSON.parse(readString(reader)) as string;
    if (members.has(key)) throw new NotJson(`the key ${JSON.stringify(key)} is there twice`);
    skip(reader, spaces);
    expect(reader, ':');
    skip(reader, spaces);
    members.set(key, readValue(reader, depth + 1));
  });
  return { kind: 'object', source: reader.text.slice(start, reader.at), members };
}

function readArray(reader: Reader, depth: number): JsonNode {
  const start = reader.at;
  const items: JsonNode[] = [];
  readList(reader, ']', () => items.push(readValue(reader, depth + 1)));
  return { kind: 'array', source: reader.text.slice(start, reader.at), items };
}

function readList(reader: Reader, end: string, readItem: () => void): void {
  reader.at++;
  skip(reader, spaces);
  if (reader.text[reader.at] === end) {
    reader.at++;
    return;
  }
  for (;;) {
    skip(reader, spaces);
    readItem();
    skip(reader, spaces);
    const next = reader.text[reader.at];
    if (next !== ',' && next !== end) throw unexpected(reader);
    reader.at++;
    if (next === end) return;
  }
}

function readString(reader: Reader): string {
  if (reader.text[reader.at] !== '"') throw unexpected(reader);
  const start = reader.at++;
  for (;;) {
    const character = reader.text[reader.at++];
    if (character === undefined) throw unexpected(reader);
    if (character === '\\') reader.at++;
    if (character === '"') break;
  }
  const source = reader.text.slice(start, reader.at);
  checkQuoted(source, { text: reader.text, at: start });
  return source;
}

function checkQuoted(source: string, { text, at }: Reader): void {
  try {
    JSON.parse(source);
  } catch {
    throw unexpected({ text, at });
  }
}

function expect(reader: Reader, character: string): void {
  if (reader.text[reader.at] !== character) throw unexpected(reader);
  reader.at++;
}

/** What the pattern matches here, which may be nothing. */
function skip(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0] ?? '';
  reader.at += found.length;
  return found;
}

function unexpected({ text, at }: Reader): NotJson {
  const line = text.slice(0, at).split('\n').length;
  return new NotJson(at >= text.length ? 'it ends too early' : `line ${line} has something that is not JSON`);
}

/** Whether two values are the same, whatever the order of keys and the layout. */
export function sameJson(left: JsonNode, right: JsonNode): boolean {
  if (left === right || left.source === right.source) return true;
  if (left.kind === 'scalar') return right.kind === 'scalar' && left.value === right.value;
  if (left.kind === 'array') {
    if (right.kind !== 'array' || left.items.length !== right.items.length) return false;
    return left.items.every((item, at) => sameJson(item, right.items[at] as JsonNode));
  }
  if (right.kind !== 'object' || left.members.size !== right.members.size) return false;
  return [...left.members].every(([key, member]) => {
    const other = right.members.get(key);
    return other !== undefined && sameJson(member, other);
  });
}
