import type { MergeRule } from '@jzse/api';

/** What a person does in a region. `value` makes contents that differ. */
export type ClientAction =
  | { readonly do: 'write'; readonly path: string; readonly value: number; readonly base: 'shown' | 'stale' }
  | { readonly do: 'write-if'; readonly path: string; readonly value: number; readonly expects: 'current' | 'nothing' | 'stale' }
  | { readonly do: 'read'; readonly path: string }
  | { readonly do: 'make-folder'; readonly path: string }
  | { readonly do: 'move'; readonly from: string; readonly to: string }
  | { readonly do: 'delete'; readonly path: string }
  | { readonly do: 'restore'; readonly path: string; readonly nth: number }
  | { readonly do: 'resolve'; readonly path: string; readonly choice: 'first' | 'last' | 'keep-both' }
  | { readonly do: 'undo'; readonly nth: number };

/** What happens to machines, disks, clocks and wires. Nodes by number: 0 is the hub, then the regions. */
export type Fault =
  | { readonly do: 'crash'; readonly node: number; readonly points: number; readonly downMs: number }
  | { readonly do: 'stop'; readonly node: number; readonly forMs: number }
  | { readonly do: 'cut'; readonly from: number; readonly to: number; readonly bothWays: boolean; readonly forMs: number }
  | { readonly do: 'weather'; readonly latencyMs: number; readonly lossChance: number; readonly repeatChance: number }
  | { readonly do: 'clock'; readonly node: number; readonly skewMs: number }
  | { readonly do: 'disk-full'; readonly region: number; readonly forMs: number }
  | { readonly do: 'copy-hub' }
  | { readonly do: 'restore-hub'; readonly downMs: number }
  | { readonly do: 'lose-hub' }
  | { readonly do: 'copy-region'; readonly region: number }
  | { readonly do: 'restore-region'; readonly region: number }
  | { readonly do: 'wipe-region'; readonly region: number }
  | { readonly do: 'sleep'; readonly days: number };

export interface Step {
  readonly atMs: number;
  readonly action: (ClientAction & { readonly region: number }) | Fault;
}
export interface Plan {
  readonly seed: number;
  readonly regions: number;
  /** How conflicts are merged; none: by people. */
  readonly merge: readonly MergeRule[];
  readonly steps: readonly Step[];
}
