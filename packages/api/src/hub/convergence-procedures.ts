import type { Forks } from '@jzse/sync';
import { z } from 'zod';
import { moment } from '../edge/convergence-procedures.ts';
import { stateEffectSchema } from '../effect-schema.ts';
import {
  dotSchema,
  entryIdSchema,
  epochSchema,
  isStorable,
  pageSchema,
  pathSchema,
  positionSchema,
  regionIdSchema,
  replicaIdSchema,
  sizeSchema,
  spaceIdSchema,
  timeMsSchema,
} from '../schemas.ts';
import { eventTypeSchema, raisedEventSchema } from '../space-event.ts';
import { spacePolicySchema } from '../space-policy.ts';
import { divergentPathsMax } from '../verification.ts';

const sequencesMax = 1_000;
const countersMax = 500;
const reportsMax = 1_000;
const tasksMax = 100;
const taskId = z.string().min(1).max(200).refine(isStorable, 'must be the id of a task');
const reasonCharactersMax = 2_000;
const effectsPerSeedPageMax = 2_000;
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const space = z.object({ space: spaceIdSchema });

export const logCursor = positionSchema.extend({ dot: dotSchema.nullable() });
const divergence = z.object({ since: positionSchema, paths: z.array(pathSchema).max(divergentPathsMax) });
const report = z.object({
  space: spaceIdSchema,
  position: positionSchema,
  digest,
  atMs: timeMsSchema,
  deep: z.boolean(),
  divergence: divergence.nullable(),
});
const forks = z.record(z.string().regex(/^\d{1,15}$/), z.int().min(0)) as unknown as z.ZodType<Forks>;

/** Inputs of what the hub does so that regions converge. */
export const convergenceInputs = {
  rowDots: space.extend({ sequences: z.array(sizeSchema).max(sequencesMax) }),
  operationsUnder: space.extend({ replica: replicaIdSchema, counters: z.array(sizeSchema).max(countersMax) }),
  raiseEpoch: space.extend({ region: regionIdSchema, epoch: epochSchema, keptUpTo: z.int().min(0) }),
  report: z.object({ region: regionIdSchema, reports: z.array(report).max(reportsMax) }),
  verify: space.extend({ deep: z.boolean().default(false) }),
  digestNode: space.extend({ position: positionSchema, folder: entryIdSchema, bucket: z.int().min(0).max(255).nullable() }),
  policy: space,
  setPolicy: space.extend({ policy: spacePolicySchema }),
  mergeWork: z.object({
    region: regionIdSchema,
    done: z.array(taskId).max(tasksMax),
    failed: z.array(z.object({ taskId, reason: z.string().max(reasonCharactersMax) })).max(tasksMax),
    want: z.int().min(0).max(tasksMax),
  }),
  mergeStates: space.extend({ entries: z.array(entryIdSchema).max(1_000) }),
  raise: z.object({ events: z.array(raisedEventSchema).min(1).max(100) }),
  events: z.object({
    after: sizeSchema.default(0),
    limit: z.int().min(1).max(1_000).default(200),
    types: z.array(eventTypeSchema).nullable().default(null),
  }),
  treeAt: space.extend({ path: pathSchema, moment, recursive: z.boolean(), ...pageSchema.shape }),
  rebuild: space.extend({ from: regionIdSchema.nullable().default(null), replace: z.boolean().default(false) }),
  seed: space.extend({
    region: regionIdSchema,
    page: z.int().min(0),
    /** Made by a region from what the hub itself had sent; what it says is taken on trust of that region, once, by an empty log. */
    effects: z.array(stateEffectSchema).max(effectsPerSeedPageMax),
    last: z.object({ position: positionSchema, forks, acknowledged: z.record(z.string().max(60), z.int().min(0)) }).nullable(),
  }),
  noteBackup: space.extend({ holds: z.union([z.object({ beganMs: timeMsSchema }), z.object({ upTo: positionSchema })]) }),
} as const;
