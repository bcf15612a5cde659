import { z } from 'zod';
import { chunksSchema, contentSchema, mediaTypeSchema, pageSchema, pathSchema, spaceIdSchema, timeMsSchema } from '../schemas.ts';
import { mergeStrategies } from '../space-policy.ts';

const versionKey = z.string().min(1).max(100);
const seenMax = 1_000;
const changeId = z.string().min(1).max(100);
const regionName = z.string().min(1).max(40);
const userName = z.string().min(1).max(255);

export const inSpace = z.object({ space: spaceIdSchema });
const at = inSpace.extend({ path: pathSchema });
export const moment = z.object({ atMs: timeMsSchema, region: regionName.nullable().default(null) });

const choice = z.discriminatedUnion('type', [
  z.object({ type: z.literal('version'), version: versionKey }),
  z.object({ type: z.literal('keep-both') }),
  z.object({ type: z.literal('content'), content: contentSchema, chunks: chunksSchema, mediaType: mediaTypeSchema.default(null) }),
  z.object({ type: z.literal('merge'), strategy: z.enum(mergeStrategies).exclude(['lww']).nullable().default(null) }),
]);
const rule = z.discriminatedUnion('type', [
  z.object({ type: z.literal('newest') }),
  z.object({ type: z.literal('oldest') }),
  z.object({ type: z.literal('region'), region: regionName }),
  z.object({ type: z.literal('person'), user: userName }),
  z.object({ type: z.literal('keep-both') }),
]);

/** Inputs of the procedures about conflicts, the past, and agreement. */
export const convergenceInputs = {
  listConflicts: at.extend(pageSchema.shape),
  conflict: at,
  resolveConflict: at.extend({ seen: z.array(versionKey).max(seenMax).nullable().default(null), choice }),
  resolveConflicts: inSpace.extend({ folder: pathSchema.default('/'), rule, preview: z.boolean().default(false) }),
  undoChange: inSpace.extend({ changeId }),
  restore: at.extend({ version: versionKey.nullable().default(null) }),
  listDeleted: at.extend(pageSchema.shape),
  listAt: at.extend({ moment, recursive: z.boolean().default(false), ...pageSchema.shape }),
  difference: at.extend({ left: moment, right: moment }),
  restoreTo: at.extend({ moment, removeNew: z.boolean().default(false), preview: z.boolean().default(false) }),
  verify: inSpace.extend({ deep: z.boolean().default(false) }),
  expectChange: inSpace.extend({ untilMs: timeMsSchema }),
} as const;
