import type { Dot } from './causality.ts';
import { compareStamps } from './clock.ts';
import { dotKey, sameDot } from './dot.ts';
import type { Entry, Version } from './entry.ts';

const dayMs = 86_400_000;

/** Days since a version was made. `weeklyDays` null: the last of each week stays for ever. */
export interface RetentionDays {
  readonly allDays: number;
  readonly dailyDays: number;
  readonly weeklyDays: number | null;
}
/** A file with all of its versions, in any order. */
export interface VersionsOfEntry {
  readonly entry: Pick<Entry, 'heads' | 'trash' | 'sameDots' | 'deleted'>;
  readonly versions: readonly Pick<Version, 'dot' | 'stamp'>[];
}

/**
 * The versions whose time is over: all of the last `allDays` stay, then the last of each day, then the last of each week (UTC). Heads, what
 * equals them, and what a deleted file comes back with never go by age: the latter goes with the tombstone. Linear in the versions.
 */
export function planRetention({ entry, versions }: VersionsOfEntry, retention: RetentionDays, nowMs: number): Dot[] {
  const kept = new Set<string>();
  for (const dot of neededBy(entry)) kept.add(dotKey(dot));
  for (const periodMs of [dayMs, 7 * dayMs]) {
    const days = periodMs === dayMs ? retention.dailyDays : (retention.weeklyDays ?? Number.POSITIVE_INFINITY);
    for (const version of lastOfEach(versions, periodMs)) if (ageDays(version, nowMs) <= days) kept.add(dotKey(version.dot));
  }
  return versions.filter((version) => ageDays(version, nowMs) > retention.allDays && !kept.has(dotKey(version.dot))).map(({ dot }) => dot);
}

function neededBy(entry: VersionsOfEntry['entry']): Dot[] {
  const { deleted } = entry;
  if (deleted === null) return [...entry.heads.map((head) => head.dot), ...entry.sameDots];
  return entry.trash.filter((version) => sameDot(version.trashedBy, deleted.dot)).map((version) => version.dot);
}

const ageDays = (version: VersionsOfEntry['versions'][number], nowMs: number): number => (nowMs - version.stamp.wallMs) / dayMs;

function lastOfEach(versions: VersionsOfEntry['versions'], periodMs: number): Iterable<VersionsOfEntry['versions'][number]> {
  const last = new Map<number, VersionsOfEntry['versions'][number]>();
  for (const version of versions) {
    const period = Math.floor(version.stamp.wallMs / periodMs);
    const other = last.get(period);
    if (other === undefined || compareStamps(other.stamp, version.stamp) < 0) last.set(period, version);
  }
  return last.values();
}
