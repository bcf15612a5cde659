export interface ProbeLimits {
  /** Of one edge: the smallest round trip counts, as the first one opens a connection and any may be held up. */
  readonly samples: number;
  /** For all samples of one edge. What came until then counts. */
  readonly probeMsMax: number;
  /** Edges that are probed at the same time. */
  readonly probesMax: number;
}
export const defaultProbeLimits: ProbeLimits = { samples: 3, probeMsMax: 2_000, probesMax: 4 };

export type Probe = (url: string, options: { readonly samples: number; readonly msMax: number }) => Promise<number | null>;

/** Round trip in ms to an edge that can serve; null: it does not answer in time, or says that it cannot. */
export function createProbe(send: typeof fetch = fetch): Probe {
  return async (url, { samples, msMax }) => {
    const signal = AbortSignal.timeout(msMax);
    let least: number | null = null;
    for (let sample = 0; sample < samples; sample++) {
      const before = performance.now();
      try {
        const response = await send(`${url}/readyz`, { signal, cache: 'no-store', credentials: 'omit', redirect: 'error' });
        const took = performance.now() - before;
        await response.body?.cancel();
        if (!response.ok) return null;
        least = Math.min(least ?? took, took);
      } catch {
        return least;
      }
    }
    return least;
  };
}

export interface Measured {
  readonly url: string;
  readonly roundTripMs: number | null;
}

/** Probes all, a few at a time; each result is told as soon as it is there. */
export async function probeEdges(
  urls: readonly string[],
  { probe, limits, onMeasured }: { readonly probe: Probe; readonly limits: ProbeLimits; readonly onMeasured: (measured: Measured) => void },
): Promise<void> {
  const waiting = [...urls];
  const work = async (): Promise<void> => {
    for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
      onMeasured({ url, roundTripMs: await probe(url, { samples: limits.samples, msMax: limits.probeMsMax }) });
    }
  };
  await Promise.all(Array.from({ length: Math.min(limits.probesMax, urls.length) }, work));
}
