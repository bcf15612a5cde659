import type { MergeStrategy } from '@jzse/api';

/** What became of a merge. `places`: where it collides, for people: line numbers or JSON pointers of the version that is named first. */
export type MergeResult =
  | { readonly type: 'merged'; readonly text: string }
  | { readonly type: 'conflict'; readonly reason: string; readonly places: readonly string[] };

/** A merge that came to no result. */
export interface MergeFailure {
  readonly type: 'failed';
  /** `time`: over the limit. `memory`: over the limit. `threw`: the plug-in's own error. `module`: no module with a default function. `output`: not what a plug-in may answer. `thread`: the thread ended. */
  readonly why: 'time' | 'memory' | 'threw' | 'module' | 'output' | 'thread';
  readonly reason: string;
}

/** Strategies that make one text of several. */
export type TextStrategy = Exclude<MergeStrategy, 'lww' | 'keep-both' | 'plugin'>;

/** Places that a conflict names; there may be more. */
export const placesMax = 100;

export const merged = (text: string): MergeResult => ({ type: 'merged', text });
export const conflict = (reason: string, places: readonly string[] = []): MergeResult => ({
  type: 'conflict',
  reason,
  places: places.slice(0, placesMax),
});
