/** One edge, as far as it is known. */
export interface EdgeState {
  readonly url: string;
  /** Smallest round trip that was measured lately; null: none yet. */
  readonly roundTripMs: number | null;
  /** Neither a call nor a probe has failed since it last answered. */
  readonly isUp: boolean;
  /** Heard by the hub lately: one that is not may show old things. */
  readonly healthy: boolean;
  /** Work that waits there, for a choice between edges that are as near. */
  readonly load: number;
}
export interface EdgeChoice {
  readonly url: string;
  /** Clearly nearer than the chosen one, and since when. */
  readonly rival: { readonly url: string; readonly sinceMs: number } | null;
}
export interface ChoiceLimits {
  /** Nearer is an edge whose round trip is so many times smaller, and by so much. */
  readonly nearerFactor: number;
  readonly nearerByMs: number;
  /** For how long it has to be nearer before anything moves there. */
  readonly nearerForMs: number;
}
export const defaultChoiceLimits: ChoiceLimits = { nearerFactor: 1.5, nearerByMs: 10, nearerForMs: 30_000 };

/**
 * Stays where it is while that edge is up, until another one has been clearly nearer for a while; leaves an edge that is down at once.
 * Null: there is no edge at all. When all are down, it stays.
 */
export function chooseEdge(
  edges: readonly EdgeState[],
  { present, nowMs, limits }: { readonly present: EdgeChoice | null; readonly nowMs: number; readonly limits: ChoiceLimits },
): EdgeChoice | null {
  const best = bestOf(edges, limits);
  const now = edges.find(({ url }) => url === present?.url);
  if (best === null) return stay(now ?? edges[0]);
  if (present === null || now === undefined || !now.isUp) return stay(best);
  const nearest = nearestOf(edges);
  if (nearest === null || !isClearlyBetter(nearest, now, limits)) return stay(now);
  const sinceMs = present.rival?.url === nearest.url ? present.rival.sinceMs : nowMs;
  return nowMs - sinceMs >= limits.nearerForMs ? stay(nearest) : { url: now.url, rival: { url: nearest.url, sinceMs } };
}

const stay = (edge: EdgeState | undefined): EdgeChoice | null => (edge === undefined ? null : { url: edge.url, rival: null });

/** With nothing to stay at: of those that are not clearly farther than the nearest, the one with the least to do. */
function bestOf(edges: readonly EdgeState[], limits: ChoiceLimits): EdgeState | null {
  const nearest = nearestOf(edges);
  if (nearest === null) return null;
  const alike = edges.filter((edge) => edge.isUp && edge.healthy === nearest.healthy && !isClearlyBetter(nearest, edge, limits));
  return alike.reduce((least, edge) => (edge.load < least.load ? edge : least), alike[0] ?? nearest);
}

/** Of those that the hub hears, if any of them is up. The first in the list where two are equal. */
function nearestOf(edges: readonly EdgeState[]): EdgeState | null {
  const up = edges.filter(({ isUp }) => isUp);
  const healthy = up.filter((edge) => edge.healthy);
  const [first, ...others] = healthy.length > 0 ? healthy : up;
  if (first === undefined) return null;
  return others.reduce((least, edge) => (roundTripOf(edge) < roundTripOf(least) ? edge : least), first);
}

function isClearlyBetter(edge: EdgeState, than: EdgeState, { nearerFactor, nearerByMs }: ChoiceLimits): boolean {
  if (edge.healthy !== than.healthy) return edge.healthy;
  const [near, far] = [roundTripOf(edge), roundTripOf(than)];
  if (near === Number.POSITIVE_INFINITY) return false;
  return near * nearerFactor <= far && far - near >= nearerByMs;
}

const roundTripOf = ({ roundTripMs }: EdgeState): number => roundTripMs ?? Number.POSITIVE_INFINITY;
