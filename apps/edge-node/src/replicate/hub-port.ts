import type { HubServices } from '@jzse/api/hub';

/** What a region asks of the hub; over the network in production, an object literal in tests. */
export type HubPort = Pick<
  HubServices,
  | 'register'
  | 'push'
  | 'pull'
  | 'snapshotHead'
  | 'snapshotPage'
  | 'transfers'
  | 'locate'
  | 'holders'
  | 'resolvePath'
  | 'heartbeat'
  | 'regions'
  | 'wakeUps'
  | 'rowDots'
  | 'operationsUnder'
  | 'raiseEpoch'
  | 'report'
  | 'verify'
  | 'digestNode'
  | 'policy'
  | 'setPolicy'
  | 'mergeWork'
  | 'mergeStates'
  | 'raise'
  | 'treeAt'
  | 'seed'
>;
