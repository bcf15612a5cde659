import type { ChunkHashAndSize, Content, Dot, EntryId, Hash, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import { chunkSizes, isHash, isSlug, manifestChunksMax, pathBytesMax } from '@jzse/sync';
import { z } from 'zod';

/** Bytes of the longest path text that is looked at; `splitPath` of the core then checks every name. */
const pathCharactersMax = pathBytesMax;
/** Items of one page of any listing. */
export const pageItemsMax = 1000;
const cursorCharactersMax = 1024;
const timeMsMax = 8_640_000_000_000_000;
const epochMax = 2_147_483_647;

const slug = z.string().max(40).refine(isSlug, 'must be a short slug: lower-case letters, digits and inner hyphens');

export const spaceIdSchema = slug as unknown as z.ZodType<SpaceId, string>;
export const regionIdSchema = slug as unknown as z.ZodType<RegionId, string>;
export const replicaIdSchema = z.string().regex(/^[a-z0-9-]{1,40}:[1-9]\d{0,8}$/) as unknown as z.ZodType<ReplicaId, string>;
/** Text that a database can look for: Postgres has no U+0000, and a half character is another one once it was stored. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');
export const entryIdSchema = z.string().min(1).max(64).refine(isStorable, 'must be an id that can be stored') as unknown as z.ZodType<
  EntryId,
  string
>;
export const hashSchema = z.string().refine(isHash, 'must be a SHA-256 in lower-case hex') as unknown as z.ZodType<Hash, string>;
export const pathSchema = z.string().max(pathCharactersMax);
export const counterSchema = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
export const sizeSchema = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const timeMsSchema = z.int().min(-timeMsMax).max(timeMsMax);
export const mediaTypeSchema = z.string().max(255).nullable();

export const dotSchema = z.object({ replica: replicaIdSchema, counter: counterSchema }) satisfies z.ZodType<Dot>;
export const epochSchema = z.int().min(0).max(epochMax);
export const positionSchema = z.object({ epoch: epochSchema, sequence: z.int().min(0) });
export const contentSchema = z.object({
  hash: hashSchema,
  size: sizeSchema,
  manifest: hashSchema.nullable(),
}) satisfies z.ZodType<Content>;
export const chunkSchema = z.object({
  hash: hashSchema,
  size: z.int().min(1).max(chunkSizes.max),
}) satisfies z.ZodType<ChunkHashAndSize>;
export const chunksSchema = z.array(chunkSchema).max(manifestChunksMax);
export const pageSchema = z.object({
  after: z.string().max(cursorCharactersMax).nullable().default(null),
  limit: z.int().min(1).max(pageItemsMax).default(200),
});
