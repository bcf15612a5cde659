import type { Content, Entry, Version } from '@jzse/sync';
import { dotKey, winner } from '@jzse/sync';
import type { ResolveAtHub } from './read-deps.ts';

/** A version as a reader needs it, wherever it is known. */
export interface ReadableVersion {
  /** Dot key, `beijing:1/42`. */
  readonly version: string;
  readonly name: string;
  readonly content: Content;
  readonly mediaType: string | null;
  /** When it was committed, by its stamp; null if only the hub knows. The author's file time would not do: it can go back. */
  readonly committedMs: number | null;
}

export const toReadable = (entry: Entry, version: Version): ReadableVersion => ({
  version: dotKey(version.dot),
  name: entry.name,
  content: version.content,
  mediaType: version.facts.mediaType,
  committedMs: version.stamp.wallMs,
});

/** Null for folders. */
export function shownVersion(entry: Entry): ReadableVersion | null {
  const shown = winner(entry);
  return shown === null ? null : toReadable(entry, shown);
}

export const hubToReadable = (answer: NonNullable<Awaited<ReturnType<ResolveAtHub>>>): ReadableVersion => ({
  version: answer.version,
  name: answer.name,
  content: answer.content,
  mediaType: answer.mediaType,
  committedMs: null,
});
