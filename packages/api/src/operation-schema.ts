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
const headsMax = 10_000;
/** Entries that one folder delete may name. */
const observedMax = 2_000_000;

const name = z
  .string()
  .max(nameCharactersMax)
  .refine((text) => checkName(text) === null, 'must be a name that can be stored');
const author = z.object({ user: z.string().max(255), device: z.string().max(255), region: regionIdSchema });
const facts = z.object({ mediaType: mediaTypeSchema, modifiedMs: timeMsSchema.nullable() });
const dots = z.array(dotSchema).max(headsMax);
const entryIds = z.array(entryIdSchema).max(headsMax);
const base = {
  dot: dotSchema,
  stamp: z.object({ wallMs: timeMsSchema, logical: z.int().min(0).max(logicalMax), replica: replicaIdSchema }),
  context: z.object({ position: positionSchema, counter: z.union([counterSchema, z.literal(0)]) }),
  entryId: entryIdSchema,
  author,
};

const create = z.discriminatedUnion('kind', [
  z.object({ ...base, type: z.literal('create'), kind: z.literal('file'), parentId: entryIdSchema, name, content: contentSchema, facts }),
  z.object({ ...base, type: z.literal('create'), kind: z.literal('folder'), parentId: entryIdSchema, name }),
]);
const write = z.object({
  ...base,
  type: z.enum(['write', 'resolve']),
  base: dots,
  alsoIds: entryIds,
  name,
  content: contentSchema,
  facts,
});
const move = z.object({ ...base, type: z.literal('move'), parentId: entryIdSchema, name });
const remove = z.object({
  ...base,
  type: z.literal('delete'),
  base: dots,
  alsoIds: entryIds,
  observed: z.array(z.object({ id: entryIdSchema, heads: dots })).max(observedMax),
});
const restore = z.object({
  ...base,
  type: z.literal('restore'),
  name,
  content: contentSchema.nullable(),
  facts,
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
