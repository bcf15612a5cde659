export type { Capacity, HubServices, Lease, Source, WakeUp } from './services.ts';
