import type { Effect, FeedRow } from '@jzse/sync';

/** Bytes of the JSON of parts of a row, names at their usual length. */
const bytesOf = { row: 700, observed: 70, forgotten: 110, dot: 40, entry: 500, version: 450, otherEffect: 120 } as const;

/** About how large a row is on the wire. Cheap on purpose: writing it out to measure it would double the cost of a pull. */
export function feedRowBytes({ operation, effects }: FeedRow): number {
  let bytes: number = bytesOf.row;
  if (operation.type === 'delete') {
    for (const { heads } of operation.observed) bytes += bytesOf.observed + heads.length * bytesOf.dot;
  }
  if (operation.type === 'forget') bytes += (operation.entries.length + operation.versions.length) * bytesOf.forgotten;
  for (const effect of effects) bytes += effectBytes(effect);
  return bytes;
}

function effectBytes(effect: Effect): number {
  if (effect.type === 'version') return bytesOf.version;
  if (effect.type !== 'entry') return bytesOf.otherEffect;
  const { heads, trash, sameDots } = effect.entry;
  return bytesOf.entry + (heads.length + trash.length) * bytesOf.version + sameDots.length * bytesOf.dot;
}
