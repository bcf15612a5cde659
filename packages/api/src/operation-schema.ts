import type { Operation } from '@jzse/sync';
import { checkName, logicalMax } from '@jzse/sync';
import { z } from 'zod';
import {
  contentSchema,
  counterSchema,
  dotSchema,
  entryIdSchema,
  mediaTypeSchema,
  positionSchema,
  regionIdSchema,
  replicaIdSchema,
  timeMsSchema,
} from './schemas.ts';

const nameCharactersMax = 255;
export const entryIdsMax = 10_000;
/** Entries that one folder delete may name. */
const observedMax = 2_000_000;

const name = z
  .string()
  .max(nameCharactersMax)
  .refine((text) => checkName(text) === null, 'must be a name that can be stored');
export const authorSchema = z.object({ user: z.string().max(255), device: z.string().max(255), region: regionIdSchema });
export const factsSchema = z.object({ mediaType: mediaTypeSchema, modifiedMs: timeMsSchema.nullable() });
export const dotsSchema = z.array(dotSchema).max(entryIdsMax);
export const stampSchema = z.object({ wallMs: timeMsSchema, logical: z.int().min(0).max(logicalMax), replica: replicaIdSchema });
const entryIds = z.array(entryIdSchema).max(entryIdsMax);
const base = {
  dot: dotSchema,
  stamp: stampSchema,
  context: z.object({ position: positionSchema, counter: z.union([counterSchema, z.literal(0)]) }),
  entryId: entryIdSchema,
  author: authorSchema,
};

const create = z.discriminatedUnion('kind', [
  z.object({
    ...base,
    type: z.literal('create'),
    kind: z.literal('file'),
    parentId: entryIdSchema,
    name,
    content: contentSchema,
    facts: factsSchema,
  }),
  z.object({ ...base, type: z.literal('create'), kind: z.literal('folder'), parentId: entryIdSchema, name }),
]);
const write = z.object({
  ...base,
  type: z.enum(['write', 'resolve']),
  base: dotsSchema,
  alsoIds: entryIds,
  name,
  content: contentSchema,
  facts: factsSchema,
});
const move = z.object({ ...base, type: z.literal('move'), parentId: entryIdSchema, name });
const remove = z.object({
  ...base,
  type: z.literal('delete'),
  base: dotsSchema,
  alsoIds: entryIds,
  observed: z.array(z.object({ id: entryIdSchema, heads: dotsSchema })).max(observedMax),
});
const restore = z.object({
  ...base,
  type: z.literal('restore'),
  name,
  content: contentSchema.nullable(),
  facts: factsSchema,
  from: dotSchema.nullish(),
});

const forgottenMax = 10_000;
const forget = z.object({
  ...base,
  type: z.literal('forget'),
  entries: z.array(z.object({ id: entryIdSchema, deletedBy: dotSchema })).max(forgottenMax),
  versions: z.array(z.object({ entryId: entryIdSchema, dot: dotSchema })).max(forgottenMax),
});

/** What a region pushes. The hub applies nothing that does not have exactly this shape. */
export const operationSchema: z.ZodType<Operation> = z.discriminatedUnion('type', [create, write, move, remove, restore, forget]);
