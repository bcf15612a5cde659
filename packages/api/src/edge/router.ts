import { tracked } from '@trpc/server';
import { z } from 'zod';
import {
  chunksSchema,
  contentSchema,
  dotSchema,
  hashSchema,
  mediaTypeSchema,
  pageSchema,
  pathSchema,
  spaceIdSchema,
  timeMsSchema,
} from '../schemas.ts';
import { convergenceInputs as inputs, inSpace } from './convergence-procedures.ts';
import { accountsRouter, sharingRouter } from './identity-procedures.ts';
import { edgeRouterOf, edgeProcedure as procedure } from './procedure.ts';

/** Hashes in one question, files in one commit. */
export const hashesMax = 16_384;
export const filesPerCommitMax = 1_000;
const eventIdCharactersMax = 80;

const at = z.object({ space: spaceIdSchema, path: pathSchema });
const fileCommit = z.object({
  path: pathSchema,
  content: contentSchema,
  chunks: chunksSchema,
  modifiedMs: timeMsSchema.nullable().default(null),
  mediaType: mediaTypeSchema.default(null),
  ifMatch: z.string().max(200).nullable().default(null),
  ifAbsent: z.boolean().default(false),
  base: z.array(dotSchema).max(1000).nullable().default(null),
});

/** What an edge offers to programs beside plain files and uploads. It translates and never decides. */
export const edgeRouter = edgeRouterOf({
  listSpaces: procedure.query(({ ctx }) => ctx.services.listSpaces()),
  list: procedure.input(at.extend(pageSchema.shape)).query(({ ctx, input }) => ctx.services.list(input.space, input.path, input)),
  stat: procedure.input(at).query(({ ctx, input }) => ctx.services.stat(input.space, input.path)),
  history: procedure.input(at.extend(pageSchema.shape)).query(({ ctx, input }) => ctx.services.history(input.space, input.path, input)),
  makeFolder: procedure.input(at).mutation(({ ctx, input }) => ctx.services.makeFolder(input.space, input.path, ctx.author)),
  move: procedure
    .input(z.object({ space: spaceIdSchema, from: pathSchema, to: pathSchema }))
    .mutation(({ ctx, input }) => ctx.services.move({ ...input, author: ctx.author })),
  remove: procedure.input(at).mutation(({ ctx, input }) => ctx.services.remove(input.space, input.path, ctx.author)),
  missingChunks: procedure
    .input(z.object({ hashes: z.array(hashSchema).max(hashesMax) }))
    .mutation(({ ctx, input }) => ctx.services.missingChunks(input.hashes)),
  commitFiles: procedure
    .input(z.object({ space: spaceIdSchema, files: z.array(fileCommit).min(1).max(filesPerCommitMax) }))
    .mutation(({ ctx, input }) => ctx.services.commitFiles(input.space, input.files, ctx.author)),
  placements: procedure.input(at).query(({ ctx, input }) => ctx.services.placements(input.space, input.path)),
  regions: procedure.query(({ ctx }) => ctx.services.regions()),
  status: procedure.query(({ ctx }) => ctx.services.status()),

  listConflicts: procedure
    .input(inputs.listConflicts)
    .query(({ ctx, input }) => ctx.services.listConflicts(input.space, input.path, input)),
  conflict: procedure.input(inputs.conflict).query(({ ctx, input }) => ctx.services.conflict(input.space, input.path)),
  resolveConflict: procedure
    .input(inputs.resolveConflict)
    .mutation(({ ctx, input }) => ctx.services.resolveConflict({ ...input, author: ctx.author })),
  resolveConflicts: procedure
    .input(inputs.resolveConflicts)
    .mutation(({ ctx, input }) => ctx.services.resolveConflicts({ ...input, author: ctx.author })),
  listChanges: procedure.input(inSpace).query(({ ctx, input }) => ctx.services.listChanges(input.space)),
  undoChange: procedure.input(inputs.undoChange).mutation(({ ctx, input }) => ctx.services.undoChange({ ...input, author: ctx.author })),

  restore: procedure.input(inputs.restore).mutation(({ ctx, input }) => ctx.services.restore({ ...input, author: ctx.author })),
  listDeleted: procedure.input(inputs.listDeleted).query(({ ctx, input }) => ctx.services.listDeleted(input.space, input.path, input)),
  listAt: procedure.input(inputs.listAt).query(({ ctx, input }) => ctx.services.listAt(input)),
  difference: procedure.input(inputs.difference).query(({ ctx, input }) => ctx.services.difference(input)),
  restoreTo: procedure.input(inputs.restoreTo).mutation(({ ctx, input }) => ctx.services.restoreTo({ ...input, author: ctx.author })),

  verify: procedure.input(inputs.verify).mutation(({ ctx, input }) => ctx.services.verify(input.space, input)),
  resync: procedure.input(inSpace).mutation(({ ctx, input }) => ctx.services.resync(input.space)),
  policy: procedure.input(inSpace).query(({ ctx, input }) => ctx.services.policy(input.space)),
  doors: procedure.query(({ ctx }) => ctx.services.doors()),
  openDoor: procedure.input(inSpace).mutation(({ ctx, input }) => ctx.services.openDoor(input.space, ctx.author)),
  undoDoor: procedure.input(inSpace).mutation(({ ctx, input }) => ctx.services.undoDoor(input.space, ctx.author)),
  expectChange: procedure.input(inputs.expectChange).mutation(({ ctx, input }) => ctx.services.expectChange(input.space, input.untilMs)),
  watch: procedure
    .input(z.object({ space: spaceIdSchema, lastEventId: z.string().max(eventIdCharactersMax).nullish() }))
    .subscription(async function* ({ ctx, input, signal }) {
      const options = { lastEventId: input.lastEventId ?? null, signal: signal ?? new AbortController().signal };
      for await (const { id, event } of ctx.services.watch(input.space, options)) yield tracked(id, event);
    }),
  accounts: accountsRouter,
  sharing: sharingRouter,
});
export type EdgeRouter = typeof edgeRouter;
