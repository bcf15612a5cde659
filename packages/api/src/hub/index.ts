export type { HubContext, HubRouter } from './router.ts';
export { hubRouter, pullRowsMax, pushOperationsMax, transfersPerCallMax } from './router.ts';
export type { Capacity, HubServices, Lease, Source, WakeUp } from './services.ts';
