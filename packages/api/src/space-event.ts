import { z } from 'zod';
import { regionIdSchema, spaceIdSchema, timeMsSchema } from './schemas.ts';

/** What operators and people should hear of; kept by the hub in order. */
export const eventTypes = [
  'diverged',
  'converged',
  'merge-failed',
  'merged',
  'door-closed',
  'door-opened',
  'clock-skew',
  'epoch-raised',
  'hub-seeded',
  'seed-refused',
  'conflict',
  'region-enrolled',
  'region-revoked',
  /** A region announced an address that no admin approved. */
  'region-url-refused',
  /** A region's copy of the directory came back into a hub that had lost its database. */
  'directory-restored',
  /** A region's audit does not follow on what the hub has of it. */
  'audit-broken',
] as const;
export type EventType = (typeof eventTypes)[number];

const dataCharactersMax = 20_000;
/** `data`: plain JSON whose keys depend on the type, such as `since`, `paths`, `reason`. Free of secrets. */
export const raisedEventSchema = z.object({
  type: z.enum(eventTypes),
  space: spaceIdSchema.nullable(),
  region: regionIdSchema.nullable(),
  atMs: timeMsSchema,
  data: z.record(z.string(), z.unknown()).refine((data) => JSON.stringify(data).length <= dataCharactersMax, 'is too long'),
});
export type RaisedEvent = z.infer<typeof raisedEventSchema>;
export type HubEvent = RaisedEvent & { readonly sequence: number };
export const eventTypeSchema = z.enum(eventTypes);
