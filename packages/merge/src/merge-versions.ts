import { mergeJson } from './merge-json.ts';
import { mergeLines } from './merge-lines.ts';
import type { MergeResult, TextStrategy } from './merge-result.ts';
import { conflict, merged } from './merge-result.ts';
import { mergeText, type ThreeWay } from './merge-text.ts';

/** Versions of one file that are to become one. */
export interface TextVersions {
  /** What all of them come from; null: nothing, or it is not known. */
  readonly base: string | null;
  /** In an order that is the same wherever they are merged: then so is the result. */
  readonly versions: readonly string[];
}

const mergers: Readonly<Record<TextStrategy, (sides: ThreeWay) => MergeResult>> = { text: mergeText, json: mergeJson, lines: mergeLines };

/** Merges two or more versions, one after the other; the first that collides ends it. */
export function mergeVersions(strategy: TextStrategy, { base, versions }: TextVersions): MergeResult {
  const [first, ...others] = versions;
  if (first === undefined) return conflict('there is no version to merge');
  let result = merged(first);
  for (const other of others) {
    if (result.type === 'conflict') return result;
    result = mergeTwo(strategy, { base, left: result.text, right: other });
  }
  return result;
}

/** A side that is as it was has nothing to say, whatever the strategy. */
function mergeTwo(strategy: TextStrategy, sides: ThreeWay): MergeResult {
  const { base, left, right } = sides;
  if (left === right || right === base) return merged(left);
  if (left === base) return merged(right);
  return mergers[strategy](sides);
}
