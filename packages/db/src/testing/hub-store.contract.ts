import { describeHubLog } from './hub-log.contract.ts';
import { describeHubPast } from './hub-past.contract.ts';
import { describeHubReplace } from './hub-replace.contract.ts';
import type { HubStoreFixture } from './hub-store-fixture.ts';
import { describeHubWork } from './hub-work.contract.ts';

/** What every `HubStore` promises. */
export function describeHubStore(name: string, open: () => Promise<HubStoreFixture>): void {
  describeHubLog(name, open);
  describeHubReplace(name, open);
  describeHubWork(name, open);
  describeHubPast(name, open);
}
