import { readFileSync } from 'node:fs';
import { regionNames } from '../../../e2e/src/cluster.ts';
import type { BenchCase } from '../bench-context.ts';
import { toRow } from '../row.ts';

const limitMib = 300;

/** The most memory that any edge has had, through all the cases before. */
export const edgeMemory: BenchCase = {
  name: 'edge-memory',
  run: async ({ cluster }) => {
    const running = await cluster();
    const peaks = Object.fromEntries(regionNames.map((name) => [name, peakMib(running.pidOf(name))]));
    return [
      toRow({
        case: 'peak resident memory of an edge',
        value: Math.max(...Object.values(peaks)),
        unit: 'MiB',
        peer: { name: 'limit', value: limitMib },
        target: { max: limitMib },
        detail: { ...peaks, hub: peakMib(running.pidOf('hub')) },
      }),
    ];
  },
};

/** The kernel's high-water mark of a process. */
function peakMib(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kib) / 1024);
}
