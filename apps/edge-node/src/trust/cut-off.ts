import { JzseError } from '@jzse/api';
import type { DirectoryView } from './directory-view.ts';

export interface CutOffDeps {
  readonly view: Pick<DirectoryView, 'copiedMs'>;
  /** A region that has heard nothing of the hub for longer takes no word from before any more: it may have been revoked meanwhile. */
  readonly regionCutOffMs: number;
  readonly nowMs: () => number;
}

/** Throws `region-cut-off` for what was issued before a region lost the hub that lost it too long ago. Signing in by password goes on. */
export function checkNotCutOff({ view, regionCutOffMs, nowMs }: CutOffDeps, issuedMs: number): void {
  const copiedMs = view.copiedMs();
  if (copiedMs === null || issuedMs > copiedMs || nowMs() - copiedMs <= regionCutOffMs) return;
  const hours = Math.floor((nowMs() - copiedMs) / 3_600_000);
  throw new JzseError(
    'region-cut-off',
    `this region has not heard from the hub for ${hours} hours, and takes no sign-in from before: sign in again with your password`,
    { detail: { sinceMs: copiedMs } },
  );
}
