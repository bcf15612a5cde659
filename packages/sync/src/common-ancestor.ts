import type { Dot } from './causality.ts';
import { compareStamps } from './clock.ts';
import { dotKey } from './dot.ts';
import type { Version } from './entry.ts';

/** Versions looked at per side; a history longer than that has no known common ancestor. */
const versionsMax = 10_000;

type Ancestor = Pick<Version, 'dot' | 'parents' | 'stamp'>;
type VersionOf = (dot: Dot) => Ancestor | null;

/**
 * The version that all of these come from and that no other such version comes from: the base of a three-way merge. Where several
 * qualify (criss-cross merges) the one with the highest stamp. Null: none, or it is forgotten. A version counts as its own ancestor.
 */
export function nearestCommonAncestor(dots: readonly Dot[], versionOf: VersionOf): Dot | null {
  const [first, ...others] = dots.map((dot) => ancestorsOf(dot, versionOf));
  if (first === undefined) return null;
  const common = [...first].filter(([key]) => others.every((ancestors) => ancestors.has(key))).map(([, version]) => version);
  const surpassed = new Set(common.flatMap((version) => version.parents.map(dotKey)));
  const nearest = common.filter((version) => !surpassed.has(dotKey(version.dot)));
  return nearest.sort((left, right) => compareStamps(right.stamp, left.stamp))[0]?.dot ?? null;
}

function ancestorsOf(dot: Dot, versionOf: VersionOf): ReadonlyMap<string, Ancestor> {
  const found = new Map<string, Ancestor>();
  const waiting: Dot[] = [dot];
  for (let at = 0; at < waiting.length && found.size < versionsMax; at++) {
    const current = waiting[at];
    if (current === undefined || found.has(dotKey(current))) continue;
    const version = versionOf(current);
    if (version === null) continue;
    found.set(dotKey(current), version);
    waiting.push(...version.parents);
  }
  return found;
}
