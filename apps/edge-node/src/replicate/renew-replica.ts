import type { RegionStore } from '@jzse/db/region';
import type { Logger } from 'pino';
import type { RegisterDeps } from './register-region.ts';

export interface RenewDeps extends Omit<RegisterDeps, 'store'> {
  readonly store: Pick<RegionStore, 'renewReplica'>;
  readonly logger: Logger;
}

/** This disk was put back to an older copy: the region goes on as a new replica, so that no counter is used twice (SY10). One at a time, however many spaces find out. */
export function createRenewal({ region, url, store, hub, logger }: RenewDeps): () => Promise<void> {
  let underWay: Promise<void> | null = null;
  const renew = async (): Promise<void> => {
    const { replica } = await hub.register({ region, url, replica: null });
    await store.renewReplica(region, replica);
    logger.warn(
      { replica },
      'this disk was restored from a copy: the region goes on as a new replica, and nothing that it committed is lost',
    );
  };
  return () => {
    underWay ??= renew().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}
