import type { Effect } from '@jzse/sync';
import { z } from 'zod';
import { authorSchema, dotsSchema, entryIdsMax, factsSchema, stampSchema } from './operation-schema.ts';
import { contentSchema, dotSchema, entryIdSchema, isStorable, positionSchema } from './schemas.ts';

/** A name that made way for another one is longer than what its author wrote. */
const nameCharactersMax = 1_000;

const attribution = { dot: dotSchema, stamp: stampSchema, position: positionSchema.nullable() };
const version = z.looseObject({ ...attribution, content: contentSchema, facts: factsSchema, author: authorSchema, parents: dotsSchema });
const trashed = version.extend({ trashedBy: dotSchema, implied: z.boolean() });
const placed = z.looseObject(attribution).nullable();

/** What a newer region adds to an entry is kept as it came: it belongs to what all regions have in common. */
const entry = z.looseObject({
  id: entryIdSchema,
  kind: z.enum(['file', 'folder']),
  parentId: entryIdSchema.nullable(),
  name: z.string().max(nameCharactersMax).refine(isStorable, 'must be a name that can be stored'),
  location: placed,
  created: placed,
  heads: z.array(version).max(entryIdsMax),
  trash: z.array(trashed).max(entryIdsMax),
  sameDots: dotsSchema,
  deleted: z.looseObject({ dot: dotSchema, position: positionSchema.nullable(), implied: z.boolean() }).nullable(),
  recovered: z.boolean(),
});

/** Effects that make up the confirmed state of a space. */
export const stateEffectSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('entry'), entry }),
  z.looseObject({ type: z.literal('alias'), from: entryIdSchema, to: entryIdSchema }),
  z.looseObject({ type: z.literal('version'), entryId: entryIdSchema, version }),
]) as unknown as z.ZodType<Effect>;
