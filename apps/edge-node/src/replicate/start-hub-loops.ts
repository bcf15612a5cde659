import type { RegionStore } from '@jzse/db/region';
import type { Logger } from 'pino';
import type { HubPort } from './hub-port.ts';
import { type ListenDeps, listenToHub } from './listen-to-hub.ts';
import { registerRegion } from './register-region.ts';
import { type ReadDisk, sendHeartbeat } from './send-heartbeat.ts';
import { type Loop, startLoop } from './wakeable-loop.ts';

export interface HubLoopDeps extends ListenDeps {
  readonly url: string;
  readonly store: RegionStore;
  readonly hub: HubPort;
  readonly random: () => number;
  readonly logger: Logger;
  readonly readDisk: ReadDisk;
  readonly refreshRegions: () => Promise<void>;
  readonly reportMoved: () => Promise<void>;
}

const heartbeatMs = 5_000;
const registerPollMs = 60_000;
const regionsPollMs = 15_000;
const reconnectBackoff = { initialMs: 100, maxMs: 2_000 };

/** What is said to the hub besides the spaces and transfers. */
export function startHubLoops(deps: HubLoopDeps): readonly Loop[] {
  const loop = (what: string, pollMs: number, step: (signal: AbortSignal) => Promise<void>): Loop =>
    startLoop({
      step,
      pollMs,
      backoff: reconnectBackoff,
      random: deps.random,
      onFailure: (cause, retryInMs) => deps.logger.debug({ err: cause, retryInMs }, what),
    });
  return [
    loop('this region was not registered', registerPollMs, () => registerRegion(deps)),
    loop('the wake-ups of the hub ended', 0, (signal) => listenToHub(deps, signal)),
    loop('the heartbeat was not answered', heartbeatMs, async () => {
      await sendHeartbeat(deps);
      await deps.reportMoved();
    }),
    loop('the regions are not known', regionsPollMs, deps.refreshRegions),
  ];
}
