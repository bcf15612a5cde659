/** What a representation is compared by. `modifiedMs` null: no date is known, and conditions on dates do not apply. */
export interface Validators {
  /** A strong entity tag with its quotes. */
  readonly etag: string;
  readonly modifiedMs: number | null;
}
export type ConditionHeaders = Readonly<
  Partial<Record<'if-match' | 'if-none-match' | 'if-modified-since' | 'if-unmodified-since', string | undefined>>
>;

/** Conditions of a GET or HEAD on something that exists, in the order of RFC 9110 section 13.2.2. */
export function evaluatePreconditions(headers: ConditionHeaders, current: Validators): 'go-on' | 'not-modified' | 'failed' {
  // Steps 1 and 2: a date is looked at only when there is no tag.
  if (headers['if-match'] !== undefined) {
    if (!namesTag(headers['if-match'], current.etag, 'strong')) return 'failed';
  } else if (isAfter(current.modifiedMs, headers['if-unmodified-since'])) {
    return 'failed';
  }
  // Steps 3 and 4.
  if (headers['if-none-match'] !== undefined) {
    return namesTag(headers['if-none-match'], current.etag, 'weak') ? 'not-modified' : 'go-on';
  }
  return isNotAfter(current.modifiedMs, headers['if-modified-since']) ? 'not-modified' : 'go-on';
}

/** Step 5: whether a Range still means what its sender thought; if not, the whole is sent. */
export function isRangeCurrent(ifRange: string | undefined, current: Validators, nowMs: number): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.startsWith('"') || ifRange.startsWith('W/')) return ifRange === current.etag;
  const dateMs = Date.parse(ifRange);
  // A date is a strong validator only if a second write in the same second would have been seen (section 8.8.2.2).
  return current.modifiedMs !== null && toSecond(current.modifiedMs) === dateMs && nowMs - dateMs > 1000;
}

function namesTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  const tags = list.match(/(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"/g) ?? [];
  return tags.some((tag) => tag === etag || (comparison === 'weak' && tag === `W/${etag}`));
}

/** HTTP dates have seconds. An unreadable date is as good as none. */
const toSecond = (ms: number): number => Math.floor(ms / 1000) * 1000;

function isAfter(modifiedMs: number | null, date: string | undefined): boolean {
  const dateMs = date === undefined ? Number.NaN : Date.parse(date);
  return modifiedMs !== null && toSecond(modifiedMs) > dateMs;
}

function isNotAfter(modifiedMs: number | null, date: string | undefined): boolean {
  const dateMs = date === undefined ? Number.NaN : Date.parse(date);
  return modifiedMs !== null && toSecond(modifiedMs) <= dateMs;
}
