import type { RegionStore, ReplicaReused } from '@jzse/db/region';
import type { Logger } from 'pino';
import type { RegisterDeps } from './register-region.ts';

export interface RenewDeps extends Omit<RegisterDeps, 'store'> {
  readonly store: Pick<RegionStore, 'renewReplica'>;
  readonly logger: Logger;
}

export type Renewal = (why: Pick<ReplicaReused, 'space' | 'sameUpTo'>) => Promise<void>;

/** This disk was put back to an older copy: the region goes on as a new replica, so that no counter is used twice (SY10). One at a time, however many spaces find out. */
export function createRenewal({ region, url, store, hub, logger }: RenewDeps): Renewal {
  let underWay: Promise<void> | null = null;
  const renew: Renewal = async ({ space, sameUpTo }) => {
    const { replica } = await hub.register({ region, url, replica: null });
    await store.renewReplica(region, replica, sameUpTo === null ? null : { space, upTo: sameUpTo });
    logger.warn(
      { replica },
      'this disk was restored from a copy, or the log does not reach back to what it took: the region goes on as a new replica, and nothing that it committed is lost',
    );
  };
  return (why) => {
    underWay ??= renew(why).finally(() => {
      underWay = null;
    });
    return underWay;
  };
}
