import { z } from 'zod';

/** Plug-in source text; characters. */
const pluginCharactersMax = 64 * 1024;
const mergeRulesMax = 100;
const globCharactersMax = 500;
/** Runs of `*` and braces in one glob. A name is tried in as many ways as its length to the power of this: five take seconds. */
const globChoicesMax = 3;
/** Runs of `**`: each may end at any folder of a path, and paths are longer than names. */
const globDeepMax = 2;

/** How conflicts of files are handled: left to a person with the winner shown (`lww`), both kept as files, or merged. */
export const mergeStrategies = ['lww', 'keep-both', 'text', 'json', 'lines', 'plugin'] as const;
export type MergeStrategy = (typeof mergeStrategies)[number];

const glob = z
  .string()
  .min(1)
  .max(globCharactersMax)
  .refine(
    isCheap,
    `a glob has at most ${globChoicesMax} of * and {a,b} together, ${globDeepMax} of **, no ( and no + after ] or }; write several rules instead`,
  );
const days = z.int().min(0).max(36_500);

/** The first rule whose glob matches a path (without its leading slash; `*.md` matches in every folder) counts; none: `lww`. */
const mergeRule = z.discriminatedUnion('strategy', [
  z.strictObject({ glob, strategy: z.enum(['lww', 'keep-both', 'text', 'json', 'lines']) }),
  z.strictObject({ glob, strategy: z.literal('plugin'), source: z.string().min(1).max(pluginCharactersMax) }),
]);
export type MergeRule = z.infer<typeof mergeRule>;

/** Superseded versions: all of the last `allDays`, then the last of each day, then the last of each week; `weeklyDays` null: for ever. Heads never end. */
const retention = z.strictObject({
  allDays: days.default(30),
  dailyDays: days.default(180),
  weeklyDays: days.nullable().default(null),
  /** How long what was deleted can be brought back, and how long the past of the tree can be looked at. */
  trashDays: days.default(30),
});
export type Retention = z.infer<typeof retention>;

/** A delete, move or rewrite of more than this share of a space's files (and at least so many) by one author within the window closes the door. */
const doors = z.strictObject({
  sharePercent: z.number().min(1).max(100).default(30),
  entriesMin: z.int().min(1).max(10_000_000).default(200),
  windowMinutes: z.int().min(1).max(1_440).default(10),
});
export type DoorLimits = z.infer<typeof doors>;

/** What a space's managers have decided; the hub keeps it, every region of the space has a copy. */
export const spacePolicySchema = z.strictObject({
  merge: z.array(mergeRule).max(mergeRulesMax).default([]),
  retention: retention.prefault({}),
  doors: doors.prefault({}),
});
export type SpacePolicy = z.infer<typeof spacePolicySchema>;
export const defaultPolicy: SpacePolicy = spacePolicySchema.parse({});
/** `revision` grows by one with each change. */
export interface RevisedPolicy {
  readonly revision: number;
  readonly policy: SpacePolicy;
}

/** Groups, and what is repeated, would be regular expressions that can take for ever on the name of a file. */
function isCheap(text: string): boolean {
  const choices = text.match(/\*+|\{/g) ?? [];
  const deep = choices.filter((choice) => choice.startsWith('**'));
  return choices.length <= globChoicesMax && deep.length <= globDeepMax && !/\(|[\]}]\+/.test(text);
}
