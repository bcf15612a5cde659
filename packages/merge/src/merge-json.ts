import { type JsonNode, NotJson, parseJson, sameJson } from './json-tree.ts';
import type { MergeResult } from './merge-result.ts';
import { conflict, merged } from './merge-result.ts';
import type { ThreeWay } from './merge-text.ts';

/**
 * Three-way by structure: members of objects are merged key by key; everything else, arrays included, is one value that only one side may
 * have changed. What nobody touched stays as it was written. A conflict names the JSON pointers (RFC 6901) of what both sides changed.
 */
export function mergeJson({ base, left, right }: ThreeWay): MergeResult {
  try {
    const leftText = openText(left);
    const [leftNode, rightNode] = [parseJson(leftText.body), parseJson(openText(right).body)];
    const baseNode = base === null ? null : parseJson(openText(base).body);
    const places: string[] = [];
    const node = mergeNodes(
      { base: baseNode, left: leftNode, right: rightNode },
      { pointer: '', places, layout: leftText.layout, depth: 0 },
    );
    if (places.length > 0 || node === null) return conflict('both sides changed the same values', places.length > 0 ? places : ['/']);
    if (node === leftNode) return merged(left);
    if (node === rightNode) return merged(right);
    return merged(leftText.close(node.source));
  } catch (cause) {
    if (cause instanceof NotJson) return conflict(`one of the versions cannot be merged as JSON: ${cause.message}`);
    throw cause;
  }
}

/** How a merged object is written: as the left side's is. */
interface Layout {
  /** Of one level; null: all in one line. */
  readonly indent: string | null;
  readonly colon: string;
  readonly comma: string;
}
interface OpenText {
  readonly body: string;
  readonly layout: Layout;
  readonly close: (body: string) => string;
}

function openText(text: string): OpenText {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const hasReturns = text.includes('\r\n');
  const body = text.slice(mark.length).replaceAll('\r\n', '\n');
  const before = body.slice(0, body.length - body.trimStart().length);
  const after = body.slice(body.trimEnd().length);
  const close = (merged: string): string => {
    const whole = before + merged + after;
    return mark + (hasReturns ? whole.replaceAll('\n', '\r\n') : whole);
  };
  return { body, layout: layoutOf(body), close };
}

function layoutOf(body: string): Layout {
  const indent = /^\s*[{[]\s*\n([ \t]*)/.exec(body)?.[1] ?? null;
  if (indent !== null) return { indent, colon: /"\s*:\S/.test(body) && !/"\s*:\s/.test(body) ? ':' : ': ', comma: ',' };
  const isSpaced = /"\s*:\s/.test(body);
  return { indent: null, colon: isSpaced ? ': ' : ':', comma: isSpaced ? ', ' : ',' };
}

interface Sides {
  readonly base: JsonNode | null;
  readonly left: JsonNode | null;
  readonly right: JsonNode | null;
}
interface Place {
  readonly pointer: string;
  readonly places: string[];
  readonly layout: Layout;
  readonly depth: number;
}

/** Null: nothing is to be there. Where both sides changed a value, its pointer is noted and the left one is answered. */
function mergeNodes(sides: Sides, place: Place): JsonNode | null {
  const { base, left, right } = sides;
  if (same(left, right) || same(right, base)) return left;
  if (same(left, base)) return right;
  if (left?.kind === 'object' && right?.kind === 'object' && (base === null || base.kind === 'object'))
    return mergeObjects({ base: base === null ? new Map() : base.members, left: left.members, right: right.members }, place);
  place.places.push(place.pointer === '' ? '/' : place.pointer);
  return left;
}

type Members = ReadonlyMap<string, JsonNode>;

/** Keys in the left side's order, those that only the right side has after them. */
function mergeObjects(sides: { readonly base: Members; readonly left: Members; readonly right: Members }, place: Place): JsonNode {
  const members = new Map<string, JsonNode>();
  for (const key of new Set([...sides.left.keys(), ...sides.right.keys()])) {
    const below = { ...place, pointer: `${place.pointer}/${escapePointer(key)}`, depth: place.depth + 1 };
    const [base, left, right] = [sides.base, sides.left, sides.right].map((side) => side.get(key) ?? null) as [Side, Side, Side];
    const node = mergeNodes({ base, left, right }, below);
    if (node !== null) members.set(key, node);
  }
  return { kind: 'object', source: writeObject(members, place), members };
}
type Side = JsonNode | null;

const same = (left: JsonNode | null, right: JsonNode | null): boolean =>
  left === null || right === null ? left === right : sameJson(left, right);

const escapePointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

function writeObject(members: Members, { layout, depth }: Place): string {
  const { indent, colon, comma } = layout;
  if (members.size === 0) return '{}';
  const lines = [...members].map(([key, node]) => `${JSON.stringify(key)}${colon}${node.source}`);
  if (indent === null) return `{${lines.join(comma)}}`;
  const inner = `\n${indent.repeat(depth + 1)}`;
  return `{${inner}${lines.join(comma + inner)}\n${indent.repeat(depth)}}`;
}
