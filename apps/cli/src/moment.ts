import { isSlug } from '@jzse/sync';
import { UsageError } from './exit-codes.ts';

export interface MomentInPast {
  readonly atMs: number;
  /** As this region saw it then; null: as the hub had it. */
  readonly region: string | null;
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `2026-11-25T06:40:00Z`, `10m ago`, `now`; with `region@` before it, as that region saw it. Throws `UsageError`. */
export function parseMoment(text: string, nowMs: number): MomentInPast {
  const mark = text.indexOf('@');
  const region = mark === -1 ? null : text.slice(0, mark);
  if (region !== null && !isSlug(region)) throw new UsageError(`"${text}": "${region}" is not a region; write region@time`);
  return { atMs: parseTime(text.slice(mark + 1).trim(), nowMs), region };
}

function parseTime(text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  const ago = /^(\d{1,9}(?:\.\d{1,3})?) ?([smhd]) ago$/.exec(text);
  if (ago !== null) return Math.max(0, Math.round(nowMs - Number(ago[1]) * (unitMs[ago[2] ?? ''] ?? 0)));
  const atMs = isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) throw new UsageError(`"${text}" is no time; write it as 2026-11-25T06:40:00Z or as "10m ago" (s, m, h, d)`);
  return atMs;
}

/** `Date` takes 31 February for 3 March. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const atMs = Date.parse(text);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
}
