import type { WakeUp } from '@jzse/api/hub';
import type { FeedPosition, RegionId, SpaceId } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';

export interface ListenDeps {
  readonly region: RegionId;
  readonly hub: Pick<HubPort, 'wakeUps'>;
  /** The stream is there (again): anything may have happened before. */
  readonly onConnected: () => void;
  /** May name a space that is not known here yet. */
  readonly onHead: (space: SpaceId, head: FeedPosition) => Promise<void>;
  /** All heads of a wake-up were taken note of. */
  readonly onHeads?: () => void;
  readonly onTransfers: () => void;
  readonly onDirectory?: (revision: number) => void;
  readonly onMerges: () => void;
  readonly onPolicies: (policies: NonNullable<WakeUp['policies']>) => void;
  readonly onReport: (report: NonNullable<WakeUp['report']>) => void;
  readonly onSeed: (space: SpaceId) => void;
}

/** Follows the hub's wake-ups until the stream breaks (rejects) or `signal` aborts. */
export async function listenToHub(deps: ListenDeps, signal: AbortSignal): Promise<void> {
  let isFirst = true;
  for await (const wakeUp of deps.hub.wakeUps(deps.region, signal)) {
    if (isFirst) deps.onConnected();
    isFirst = false;
    if (wakeUp.transfers) deps.onTransfers();
    if (wakeUp.directory !== undefined) deps.onDirectory?.(wakeUp.directory);
    if (wakeUp.merges === true) deps.onMerges();
    for (const { space, head } of wakeUp.heads) await deps.onHead(space, head);
    deps.onHeads?.();
    if (wakeUp.policies !== undefined) deps.onPolicies(wakeUp.policies);
    if (wakeUp.report !== undefined) deps.onReport(wakeUp.report);
    if (wakeUp.seed !== undefined) deps.onSeed(wakeUp.seed);
  }
  if (!signal.aborted) throw new Error('the hub ended the stream of wake-ups');
}
