import type { MergeRule } from '@jzse/api';
import picomatch from 'picomatch';

/**
 * The first rule of a space's policy whose glob matches a path (`/plans/a.md`; the leading slash may be missing), null for none.
 * A glob without a slash is matched against the name alone, in every folder. Case does not count, as it does not in names.
 */
export function chooseMergeRule(rules: readonly MergeRule[], path: string): MergeRule | null {
  const place = path.startsWith('/') ? path.slice(1) : path;
  return rules.find((rule) => matches(rule.glob, place)) ?? null;
}

function matches(glob: string, place: string): boolean {
  const pattern = glob.startsWith('/') ? glob.slice(1) : glob;
  return picomatch.isMatch(place, pattern, { dot: true, nocase: true, noextglob: true, basename: !glob.includes('/') });
}
