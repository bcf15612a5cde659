import type { Dot, FeedPosition } from './causality.ts';
import type { ReplicaId } from './identifiers.ts';

/** `beijing:1/42`: the text form of a dot, in logs, ETags and map keys. */
export const dotKey = (dot: Dot): string => `${dot.replica}/${dot.counter}`;

/** Inverse of `dotKey`; null for anything else. */
export function parseDotKey(text: string): Dot | null {
  const match = /^([a-z0-9-]{1,40}:[1-9]\d{0,8})\/([1-9]\d{0,15})$/.exec(text);
  return match === null ? null : { replica: match[1] as ReplicaId, counter: Number(match[2]) };
}

export const sameDot = (left: Dot, right: Dot): boolean => left.replica === right.replica && left.counter === right.counter;

/** Negative when `left` comes first in the hub's log. */
export const comparePositions = (left: FeedPosition, right: FeedPosition): number =>
  left.epoch - right.epoch || left.sequence - right.sequence;

/** Code unit order: the same on every machine, unlike `localeCompare`. */
export const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
