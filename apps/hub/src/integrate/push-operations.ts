import { JzseError } from '@jzse/api';
import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { FeedRow } from '@jzse/sync';
import { dotKey, hubRegion } from '@jzse/sync';
import type { FeedTail } from '../feed/feed-tail.ts';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';
import type { MergePlan } from '../merges/plan-merges.ts';
import type { NoteClockSkew } from '../regions/clock-skews.ts';

export interface PushDeps {
  readonly store: Pick<HubStore, 'integrate'>;
  readonly board: Pick<WakeUpBoard, 'headMoved' | 'transfersWait'>;
  readonly tail: Pick<FeedTail, 'append'>;
  readonly noteClockSkew: NoteClockSkew;
  readonly mergePlan: Pick<MergePlan, 'planFor'>;
  readonly nowMs: () => number;
  /** Told how many operations were appended, after the regions were woken. */
  readonly onIntegrated: (operations: number) => void;
  /** What is noted beside the log could not be: the operations are in all the same. */
  readonly onNoteFailed: (cause: unknown) => void;
}

/** Known operations are dropped by dot, so a push may be sent again whatever became of its answer. */
export function pushOperations(deps: PushDeps): HubServices['push'] {
  const { store, board, tail, nowMs, onIntegrated } = deps;
  return async ({ cursor, ...request }) => {
    checkForgets(request);
    // A cursor of another epoch says nothing of this one's rows.
    const known = cursor.epoch === request.epoch ? { cursor } : {};
    const integrated = await store.integrate({ ...request, ...known, nowMs: nowMs() });
    const { acknowledged, head, rows } = integrated;
    for (const run of withoutGaps(rows)) tail.append(request.space, run);
    board.headMoved(request.space, head);
    if (rows.length > 0) board.transfersWait((region) => region !== request.region);
    onIntegrated(rows.length);
    await noteBesides(deps, () => deps.noteClockSkew(request, integrated));
    await noteBesides(deps, () => deps.mergePlan.planFor(request.space, rows));
    return { acknowledged, head };
  };
}

/** Only the hub decides what is forgotten; a region may hand on what a hub that was restored has lost of it. */
function checkForgets({ region, operations }: Pick<Parameters<HubServices['push']>[0], 'region' | 'operations'>): void {
  const forged = operations.find(({ type, dot }) => type === 'forget' && !dot.replica.startsWith(`${hubRegion}:`));
  if (forged === undefined) return;
  throw new JzseError('invalid-input', `${dotKey(forged.dot)} forgets, which only the hub may`, { detail: { region } });
}

/** Another hub on the database may have appended between two batches of a push. */
function* withoutGaps(rows: readonly FeedRow[]): Generator<readonly FeedRow[]> {
  let start = 0;
  for (const [at, { position }] of rows.entries()) {
    if (position.sequence + 1 === rows[at + 1]?.position.sequence) continue;
    yield start === 0 && at === rows.length - 1 ? rows : rows.slice(start, at + 1);
    start = at + 1;
  }
}

/** A push that is in must not be answered as if it had failed. */
async function noteBesides({ onNoteFailed }: PushDeps, note: () => Promise<void>): Promise<void> {
  try {
    await note();
  } catch (cause) {
    onNoteFailed(cause);
  }
}
