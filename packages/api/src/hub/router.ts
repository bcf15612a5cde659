import { z } from 'zod';
import { operationSchema } from '../operation-schema.ts';
import { hashSchema, pageSchema, pathSchema, regionIdSchema, replicaIdSchema, sizeSchema, spaceIdSchema } from '../schemas.ts';
import { auditRouter } from './audit-procedures.ts';
import { convergenceInputs as inputs, logCursor } from './convergence-procedures.ts';
import { fleetRouter } from './fleet-procedures.ts';
import { accountsRouter, peopleRouter, sharingRouter } from './identity-procedures.ts';
import { hubRouterOf, hubProcedure as procedure } from './procedure.ts';

/** Operations in one push, feed rows in one pull, transfers settled or leased in one call. */
export const pushOperationsMax = 2_000;
export const pullRowsMax = 2_000;
export const transfersPerCallMax = 4_000;

const transferIds = z.array(z.string().min(1).max(200)).max(transfersPerCallMax);
const inSpace = z.object({ space: spaceIdSchema });
const content = inSpace.extend({ hash: hashSchema });
const capacity = z.object({ diskFreeBytes: sizeSchema, diskTotalBytes: sizeSchema, heldBytes: sizeSchema, outbox: sizeSchema });

/** What the hub offers to regions and operators. It translates and never decides. */
export const hubRouter = hubRouterOf({
  listSpaces: procedure.query(({ ctx }) => ctx.services.listSpaces()),
  createSpace: procedure.input(inSpace).mutation(({ ctx, input }) => ctx.services.createSpace(input.space)),
  register: procedure
    .input(z.object({ region: regionIdSchema, url: z.url().max(500), replica: replicaIdSchema.nullable() }))
    .mutation(({ ctx, input }) => ctx.services.register(input)),
  heartbeat: procedure
    .input(z.object({ region: regionIdSchema, capacity }))
    .mutation(({ ctx, input }) => ctx.services.heartbeat(input.region, input.capacity)),
  regions: procedure.query(({ ctx }) => ctx.services.regions()),
  push: procedure
    .input(
      inSpace.extend({
        epoch: z.int().min(0),
        region: regionIdSchema,
        cursor: logCursor,
        operations: z.array(operationSchema).min(1).max(pushOperationsMax),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.push(input)),
  pull: procedure
    .input(inSpace.extend({ region: regionIdSchema, after: logCursor, limit: z.int().min(1).max(pullRowsMax) }))
    .query(({ ctx, input }) => ctx.services.pull(input)),
  snapshotHead: procedure.input(inSpace).query(({ ctx, input }) => ctx.services.snapshotHead(input.space)),
  snapshotPage: procedure.input(inSpace.extend(pageSchema.shape)).query(({ ctx, input }) => ctx.services.snapshotPage(input.space, input)),
  transfers: procedure
    .input(
      z.object({
        region: regionIdSchema,
        done: transferIds,
        failed: transferIds,
        held: z.array(content).max(transfersPerCallMax),
        want: z.int().min(0).max(transfersPerCallMax),
      }),
    )
    .mutation(({ ctx, input }) => ctx.services.transfers(input)),
  locate: procedure.input(content.extend({ region: regionIdSchema })).mutation(({ ctx, input }) => ctx.services.locate(input)),
  holders: procedure.input(content).query(({ ctx, input }) => ctx.services.holders(input.space, input.hash)),
  resolvePath: procedure
    .input(inSpace.extend({ path: pathSchema }))
    .query(({ ctx, input }) => ctx.services.resolvePath(input.space, input.path)),
  wakeUps: procedure.input(z.object({ region: regionIdSchema })).subscription(async function* ({ ctx, input, signal }) {
    yield* ctx.services.wakeUps(input.region, signal ?? new AbortController().signal);
  }),

  rowDots: procedure.input(inputs.rowDots).query(({ ctx, input }) => ctx.services.rowDots(input.space, input.sequences)),
  operationsUnder: procedure.input(inputs.operationsUnder).query(({ ctx, input }) => ctx.services.operationsUnder(input)),
  raiseEpoch: procedure.input(inputs.raiseEpoch).mutation(({ ctx, input }) => ctx.services.raiseEpoch(input)),
  report: procedure.input(inputs.report).mutation(({ ctx, input }) => ctx.services.report(input.region, input.reports)),
  verify: procedure.input(inputs.verify).mutation(({ ctx, input }) => ctx.services.verify(input.space, input)),
  digestNode: procedure.input(inputs.digestNode).query(({ ctx, input }) => ctx.services.digestNode(input)),
  policy: procedure.input(inputs.policy).query(({ ctx, input }) => ctx.services.policy(input.space)),
  setPolicy: procedure.input(inputs.setPolicy).mutation(({ ctx, input }) => ctx.services.setPolicy(input.space, input.policy)),
  mergeWork: procedure.input(inputs.mergeWork).mutation(({ ctx, input }) => ctx.services.mergeWork(input)),
  mergeStates: procedure.input(inputs.mergeStates).query(({ ctx, input }) => ctx.services.mergeStates(input.space, input.entries)),
  raise: procedure.input(inputs.raise).mutation(({ ctx, input }) => ctx.services.raise(input.events)),
  events: procedure.input(inputs.events).query(({ ctx, input }) => ctx.services.events(input)),
  treeAt: procedure.input(inputs.treeAt).query(({ ctx, input }) => ctx.services.treeAt(input)),
  rebuild: procedure.input(inputs.rebuild).mutation(({ ctx, input }) => ctx.services.rebuild(input)),
  seed: procedure.input(inputs.seed).mutation(({ ctx, input }) => ctx.services.seed(input)),
  noteBackup: procedure.input(inputs.noteBackup).mutation(({ ctx, input }) => ctx.services.noteBackup(input.space, input.holds)),
  status: procedure.query(({ ctx }) => ctx.services.status()),
  fleet: fleetRouter,
  accounts: accountsRouter,
  people: peopleRouter,
  sharing: sharingRouter,
  audit: auditRouter,
});
export type HubRouter = typeof hubRouter;
