import { z } from 'zod';
import { restorableKinds } from '../identity/directory.ts';
import { regionIdSchema, sizeSchema, spaceIdSchema } from '../schemas.ts';
import { hubRouterOf, hubProcedure as procedure } from './procedure.ts';

/** Records of one page of the directory. */
export const directoryRecordsMax = 1_000;

const ofRegion = z.object({ region: regionIdSchema });
const url = z.url({ protocol: /^https?$/ }).max(500);
/** Of an Ed25519 public key: 32 bytes in base64url. */
const publicKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be the x of an Ed25519 key');

const offered = ofRegion.extend({
  life: z.string().max(200).nullable(),
  revision: sizeSchema,
  records: z.array(z.object({ kind: z.enum(restorableKinds), state: z.unknown() })).max(directoryRecordsMax),
  isLast: z.boolean(),
});

/** Who belongs to the fleet, and what each region may have. */
export const fleetRouter = hubRouterOf({
  regions: procedure.query(({ ctx }) => ctx.fleet.fleetRegions()),
  addRegion: procedure
    .input(ofRegion.extend({ url: url.nullable().default(null) }))
    .mutation(({ ctx, input }) => ctx.fleet.addRegion(input)),
  enrol: procedure
    .input(ofRegion.extend({ token: z.string().min(1).max(200), publicKey, url }))
    .mutation(({ ctx, input }) => ctx.fleet.enrol(input)),
  certify: procedure
    .input(ofRegion.extend({ publicKey: z.string().min(1).max(1_000) }))
    .mutation(({ ctx, input }) => ctx.fleet.certify(input)),
  revokeRegion: procedure.input(ofRegion).mutation(({ ctx, input }) => ctx.fleet.revokeRegion(input.region)),
  approveUrl: procedure.input(ofRegion.extend({ url })).mutation(({ ctx, input }) => ctx.fleet.approveUrl(input.region, input.url)),
  placements: procedure.input(z.object({ space: spaceIdSchema })).query(({ ctx, input }) => ctx.fleet.placements(input.space)),
  setPlacement: procedure
    .input(ofRegion.extend({ space: spaceIdSchema, placement: z.enum(['full', 'cache', 'none']) }))
    .mutation(({ ctx, input }) => ctx.fleet.setPlacement(input.space, input.region, input.placement)),
  /** For the caller's own spaces, or one of them; a space that is not the caller's is served nowhere. */
  servingRegions: procedure.input(z.object({ space: spaceIdSchema.nullable().default(null) })).query(async ({ ctx, input: { space } }) => {
    const own = await ctx.services.listSpaces();
    return ctx.fleet.servingRegions(space === null ? own : own.filter((known) => known === space));
  }),
  directory: procedure
    .input(ofRegion.extend({ after: sizeSchema, limit: z.int().min(1).max(directoryRecordsMax) }))
    .query(({ ctx, input }) => ctx.fleet.directory(input)),
  restoreDirectory: procedure.mutation(({ ctx }) => ctx.fleet.restoreDirectory()),
  offerDirectory: procedure.input(offered).mutation(({ ctx, input }) => ctx.fleet.offerDirectory(input)),
});
