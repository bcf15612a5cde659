/** What a target asks of a figure: a ratio to the peer of the same run, or a limit of its own. */
export type Target = { readonly ratioMin: number } | { readonly max: number };

export interface Row {
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  /** Whom or what it is compared with, in the same run. */
  readonly peer: string;
  /** Null: the peer was skipped, for the reason in `skipped`. */
  readonly peerValue: number | null;
  /** Of value to peerValue. */
  readonly ratio: number | null;
  readonly target: string | null;
  /** Null: there is nothing to judge by. */
  readonly ok: boolean | null;
  readonly skipped?: string;
  /** Single runs and what else helps to read the figure. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface Peer {
  readonly name: string;
  readonly value: number | { readonly skipped: string };
}

interface RowFacts {
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: Peer;
  readonly target?: Target;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export function toRow({ case: name, value, unit, peer, target, detail }: RowFacts): Row {
  const peerValue = typeof peer.value === 'number' ? peer.value : null;
  const ratio = peerValue === null ? null : value / peerValue;
  return {
    case: name,
    value: rounded(value),
    unit,
    peer: peer.name,
    peerValue: peerValue === null ? null : rounded(peerValue),
    ratio: ratio === null ? null : rounded(ratio),
    target: target === undefined ? null : 'max' in target ? `<= ${target.max} ${unit}` : `>= ${target.ratioMin} x peer`,
    ok: target === undefined ? null : 'max' in target ? value <= target.max : ratio === null ? null : ratio >= target.ratioMin,
    ...(typeof peer.value === 'number' ? {} : peer.value),
    ...(detail === undefined ? {} : { detail }),
  };
}

/** Three digits that count. */
export const rounded = (value: number): number => Number(value.toPrecision(value >= 1000 ? 4 : 3));

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that `share` of them do not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
