import { z } from 'zod';
import { JzseError } from '../error-code.ts';
import { isStorable, regionIdSchema, spaceIdSchema, timeMsSchema } from '../schemas.ts';
import { hubRouterOf, hubProcedure as procedure } from './procedure.ts';

/** Records in one call: of a region that sends its own, and of a page. */
export const auditPerCallMax = 500;
const detailsMax = 20;

const text = (charactersMax: number) => z.string().max(charactersMax).refine(isStorable, 'must be text that can be stored');
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex');
/** A replica, or a later chain of the same one. */
const writer = z.string().regex(/^[a-z0-9-]{1,40}:[1-9]\d{0,8}(\/[1-9]\d{0,15})?$/, 'must be a replica');
const scalar = z.union([text(4_000), z.number(), z.boolean(), z.null()]);
const record = z.object({
  writer,
  sequence: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  previous: hash,
  hash,
  atMs: timeMsSchema,
  actor: text(200),
  action: text(200),
  space: spaceIdSchema.nullable(),
  target: text(10_000).nullable(),
  address: text(200).nullable(),
  requestId: text(200).nullable(),
  result: text(100),
  detail: z.record(text(100), scalar).refine((detail) => Object.keys(detail).length <= detailsMax, `has at most ${detailsMax} details`),
});
const id = z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().default(null);
const filter = z.object({
  afterId: id,
  beforeId: id,
  limit: z.int().min(1).max(auditPerCallMax).default(200),
  actor: text(200).nullable().default(null),
  action: text(200).nullable().default(null),
  space: spaceIdSchema.nullable().default(null),
  fromMs: timeMsSchema.nullable().default(null),
  toMs: timeMsSchema.nullable().default(null),
});

/** What was done, by whom, on hub and edges. */
export const auditRouter = hubRouterOf({
  append: procedure
    .input(z.object({ region: regionIdSchema, writer, records: z.array(record).min(1).max(auditPerCallMax) }))
    .mutation(({ ctx, input }) => {
      if (!input.writer.startsWith(`${input.region}:`)) throw new JzseError('forbidden', `${input.writer} is not of ${input.region}`);
      return ctx.audit.appendAudit(input.writer, input.records);
    }),
  list: procedure.input(filter).query(({ ctx, input }) => ctx.audit.audit(input)),
  verify: procedure.query(({ ctx }) => ctx.audit.verifyAudit()),
});
