import type { FleetServices } from '@jzse/api/hub';
import type { Directory, DirectoryHead } from '@jzse/db/region';
import type { RegionId } from '@jzse/sync';
import type { Logger } from 'pino';
import { type Loop, startLoop } from '../replicate/wakeable-loop.ts';
import { toDirectoryRow } from './directory-view.ts';
import { knowsNobodyYet, offerFormer } from './former-directory.ts';

export interface CopyDirectoryDeps {
  readonly region: RegionId;
  readonly directory: Directory;
  readonly hub: Pick<FleetServices, 'directory' | 'offerDirectory'>;
  readonly nowMs: () => number;
  readonly logger: Logger;
  /** Told after each page, whatever was in it. Must not throw. */
  readonly onCopied: () => void;
}
export interface DirectoryCopy extends Loop {
  /** The hub's directory is at this revision, or the hub wants to be asked all the same. */
  noteRevision(revision: number): void;
  /** Resolves when what the hub has now is here, or it could not be had. */
  refresh(): Promise<void>;
}

const recordsPerPage = 1_000;
/** A safety net: wake-ups say when there is something, and tell people's rights within seconds. */
const pollMs = 60_000;
const backoff = { initialMs: 100, maxMs: 2_000 };

/** Keeps this region's copy of the directory up to date. A directory of another life is read whole before it counts. */
export function startDirectoryCopy(deps: CopyDirectoryDeps): DirectoryCopy {
  const loop = startLoop({
    step: (signal) => copyDirectory(deps, signal),
    pollMs,
    backoff,
    onFailure: (cause, retryInMs) => deps.logger.debug({ err: cause, retryInMs }, 'the directory was not copied'),
  });
  return {
    ...loop,
    refresh: loop.runOnce,
    // Also of a revision that is known: the hub may have something to ask.
    noteRevision: () => loop.retryNow(),
  };
}

/** Page by page up to the hub's last revision. Throws what the hub throws. */
export async function copyDirectory(deps: CopyDirectoryDeps, signal: AbortSignal): Promise<void> {
  const { directory } = deps;
  let hasOffered = false;
  for (let isLast = false; !isLast && !signal.aborted; ) {
    const head = directory.head();
    const at = head.next ?? { life: head.life, revision: head.revision };
    const page = await deps.hub.directory({ region: deps.region, after: at.revision, limit: recordsPerPage });
    const atMs = deps.nowMs();
    const isGoingOn = at.life === null || (page.life === plainLife(at.life) && page.revision >= at.revision);
    if (!isGoingOn && at.revision > 0) {
      // Asked by revisions of another directory, the answer says nothing.
      await directory.apply({ ...otherDirectory(head, page, atMs), rows: [], isLast: false, atMs });
      continue;
    }
    const rows = page.records.flatMap((record) => toDirectoryRow(record) ?? []);
    const life = isGoingOn ? (at.life ?? page.life) : page.life;
    const copied = { life, revision: page.revision, atMs };
    const isOther = head.life !== null && plainLife(life) !== plainLife(head.life);
    await directory.apply({ ...copied, rows, isLast: page.isLast, isHeld: isOther && page.isLast });
    isLast = page.isLast;
    deps.onCopied();
    if (!isLast) continue;
    if (page.isOfferWanted === true && !hasOffered) {
      await offerFormer(deps, { isLost: isOther });
      hasOffered = true;
      // What the hub has taken is in its directory now.
      isLast = false;
    } else if (isOther && !knowsNobodyYet(directory)) {
      await directory.apply({ ...copied, rows: [], isLast: true });
      deps.onCopied();
    }
  }
}

/** Where to go on: in the one that decides, if it is that one again, else from the beginning of the other. */
function otherDirectory(head: DirectoryHead, page: { readonly life: string; readonly revision: number }, atMs: number) {
  if (head.life === null || page.life !== plainLife(head.life)) return { life: page.life, revision: 0 };
  if (head.next !== null) return { life: head.life, revision: head.revision };
  return { life: `${page.life}~${atMs}`, revision: 0 };
}

/** A hub that was set back to a backup has the same directory with fewer revisions: it is read again as if it were another. */
const plainLife = (life: string): string => life.split('~')[0] ?? life;
