const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `1536` → `1.5 KiB`: at most three digits that matter. */
export function formatBytes(bytes: number, language: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)} ${byteUnits[unit]}`;
}

export const formatCount = (count: number, language: string): string => new Intl.NumberFormat(language).format(count);

/** Within a day as people say it (`3 minutes ago`), then as a date; `justNow` below a minute. */
export function formatTime(
  timeMs: number,
  options: { readonly nowMs: number; readonly language: string; readonly justNow: string },
): string {
  const { nowMs, language, justNow } = options;
  const agoMs = nowMs - timeMs;
  if (agoMs >= -minuteMs && agoMs < minuteMs) return justNow;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  if (agoMs >= 0 && agoMs < hourMs) return relative.format(-Math.floor(agoMs / minuteMs), 'minute');
  if (agoMs >= 0 && agoMs < dayMs) return relative.format(-Math.floor(agoMs / hourMs), 'hour');
  return new Intl.DateTimeFormat(language, { year: 'numeric', month: 'short', day: 'numeric' }).format(timeMs);
}

/** To the second, for hints and details. */
export const formatExactTime = (timeMs: number, language: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'medium' }).format(timeMs);
