import type { Dot, FeedPosition } from './causality.ts';
import { dotKey, parseDotKey } from './dot.ts';
import type { SpaceId } from './identifiers.ts';
import { isSlug } from './identifiers.ts';

/** What a client has seen of a space (SY12): an edge that is not that far yet waits, fetches, or says so. */
export interface CausalToken {
  readonly space: SpaceId;
  readonly position: FeedPosition;
  /** The last operation of its own region that it saw, also once it is in the log: what a log that was lost held is known by it. Null if that region made none. */
  readonly dot: Dot | null;
}

/** `demo@2.1841` or `demo@2.1841+beijing:1/42`: opaque to clients, short enough for a header. */
export const encodeCausalToken = ({ space, position, dot }: CausalToken): string =>
  `${space}@${position.epoch}.${position.sequence}${dot === null ? '' : `+${dotKey(dot)}`}`;

/** Null for anything that `encodeCausalToken` did not make. */
export function decodeCausalToken(text: string): CausalToken | null {
  const match = /^([a-z0-9-]+)@(\d{1,9})\.(\d{1,15})(?:\+(.{1,80}))?$/.exec(text);
  const space = match?.[1];
  if (match === null || space === undefined || !isSlug(space)) return null;
  const dot = match[4] === undefined ? null : parseDotKey(match[4]);
  if (match[4] !== undefined && dot === null) return null;
  return { space: space as SpaceId, position: { epoch: Number(match[2]), sequence: Number(match[3]) }, dot };
}
