import { resolve } from 'node:path';
import { mergeStrategies } from '@jzse/api';
import type { BulkOutcome, ConflictChoice, ConflictInfo, ConflictRule } from '@jzse/api/edge';
import type { EdgeClient } from '@jzse/client';
import { sendContent } from '@jzse/client/node';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { count, showName } from '../show.ts';
import type { SpacePath } from '../space-path.ts';
import { parsePlace } from './conflicts.ts';

const options = z.object({
  version: z.string().optional(),
  keepBoth: z.boolean().default(false),
  merge: z.union([z.literal(true), z.enum(mergeStrategies).exclude(['lww'])]).optional(),
  content: z.string().optional(),
  newest: z.boolean().default(false),
  oldest: z.boolean().default(false),
  fromRegion: z.string().optional(),
  person: z.string().optional(),
  preview: z.boolean().default(false),
  undo: z.string().optional(),
});
type Options = z.infer<typeof options>;

/** Files of a bulk change that are told one by one. */
const linesMax = 50;

export const resolveCommand = (cli: Cli): Command =>
  new Command('resolve')
    .description(
      'End conflicts. Of a file: by --version, --keep-both, --merge or --content. Of a space or folder: by one rule, which can be undone. Every version stays in the history.',
    )
    .argument('<place>', 'space:/file, space:/folder or space')
    .option('--version <version>', 'show this version, as "jzse conflicts" names it')
    .option('--keep-both', 'show the newest, and put the others beside it as files')
    .option('--merge [strategy]', 'merge the versions: text, json, lines or plugin; without a name as the policy of the space says')
    .option('--content <file>', 'show this local file instead')
    .option('--newest', 'show the newest version of each file')
    .option('--oldest', 'show the oldest of the versions of each file')
    .option('--from-region <id>', 'show the version of this region (alone, --region does it too)')
    .option('--person <user>', 'show the version of this person')
    .option('--preview', 'only say what a rule would do')
    .option('--undo <change>', 'undo what a rule has done')
    .action(async (text: string, _options, command: Command) => {
      const chosen = optionsOf(command, options);
      const { json, region } = globalsOf(command);
      const place = parsePlace(text);
      const rule = ruleOf(chosen, region);
      checkUsage(chosen, rule);
      const client = await connectEdge(cli, command);
      const work = { client, place, json };
      if (chosen.undo !== undefined) return undo(cli, { ...work, changeId: chosen.undo });
      const isFile = place.path !== '/' && (await client.trpc.stat.query({ space: place.space, path: place.path })).kind === 'file';
      if (isFile) return resolveOne(cli, { ...work, chosen, rule });
      if (rule === null) throw new UsageError(`${text} is a folder; its conflicts are ended by a rule, for instance --newest`);
      return resolveMany(cli, { ...work, rule, preview: chosen.preview });
    });

interface Work {
  readonly client: EdgeClient;
  readonly place: SpacePath;
  readonly json: boolean;
}

function ruleOf(chosen: Options, region: string | undefined): ConflictRule | null {
  if (chosen.newest) return { type: 'newest' };
  if (chosen.oldest) return { type: 'oldest' };
  if (chosen.keepBoth) return { type: 'keep-both' };
  if (chosen.person !== undefined) return { type: 'person', user: chosen.person };
  if (chosen.fromRegion !== undefined) return { type: 'region', region: chosen.fromRegion };
  const isOtherwise = [chosen.version, chosen.merge, chosen.content, chosen.undo].some((value) => value !== undefined);
  return isOtherwise || region === undefined ? null : { type: 'region', region };
}

function checkUsage(chosen: Options, rule: ConflictRule | null): void {
  const ways = [
    chosen.newest,
    chosen.oldest,
    chosen.keepBoth,
    ...[chosen.version, chosen.merge, chosen.content, chosen.person, chosen.fromRegion, chosen.undo].map((value) => value !== undefined),
  ].filter(Boolean).length;
  if (ways > 1) throw new UsageError('name one way to end the conflict');
  if (ways === 0 && rule === null)
    throw new UsageError('say how: --version, --keep-both, --merge, --content, --newest, --oldest, --from-region or --person');
  if (chosen.preview && rule === null)
    throw new UsageError('--preview goes with a rule: --newest, --oldest, --keep-both, --from-region or --person');
}

async function resolveOne(cli: Cli, work: Work & { readonly chosen: Options; readonly rule: ConflictRule | null }): Promise<void> {
  const { client, place, json, chosen, rule } = work;
  const { space, path } = place;
  const conflict = await client.trpc.conflict.query({ space, path });
  const choice = rule === null ? await choiceOf(cli, client, chosen) : choiceByRule(conflict, rule);
  const told = showName(`${space}:${path}: ${outcomeOf(conflict, choice)}`);
  if (chosen.preview) return json ? printJson(cli, { space, path, choice, preview: true }) : print(cli, `${told} (not done: preview)\n`);
  const seen = conflict.versions.map(({ version }) => version);
  const entry = await client.trpc.resolveConflict.mutate({ space, path, seen, choice: mutable(choice) });
  if (json) return printJson(cli, { space, ...entry });
  const left = entry.siblings > 1 ? ' Another version came meanwhile: there still is a conflict.' : '';
  print(cli, `${told}.${left}\n`);
}

async function choiceOf(cli: Cli, client: EdgeClient, { version, merge, content }: Options): Promise<ConflictChoice> {
  if (version !== undefined) return { type: 'version', version };
  if (merge !== undefined) return { type: 'merge', strategy: merge === true ? null : merge };
  const source = resolve(cli.workingFolder, content ?? '');
  const sent = await sendContent(client, source, cli.signal);
  return { type: 'content', content: sent.content, chunks: sent.chunks, mediaType: null };
}

function choiceByRule({ versions, path }: ConflictInfo, rule: ConflictRule): ConflictChoice {
  if (rule.type === 'keep-both') return rule;
  const version = {
    newest: () => versions[0],
    oldest: () => versions.at(-1),
    region: () => versions.find(({ author }) => rule.type === 'region' && author.region === rule.region),
    person: () => versions.find(({ author }) => rule.type === 'person' && author.user === rule.user),
  }[rule.type]();
  if (version !== undefined) return { type: 'version', version: version.version };
  throw new UsageError(`none of the versions of ${path} is ${rule.type === 'region' ? `from ${rule.region}` : 'by this person'}`);
}

function outcomeOf({ versions }: ConflictInfo, choice: ConflictChoice): string {
  const others = count(versions.length - 1, 'other version');
  const isOne = versions.length === 2;
  switch (choice.type) {
    case 'version': {
      const kept = versions.find(({ version }) => version === choice.version);
      const whose = kept === undefined ? choice.version : `the version of ${kept.author.user} in ${kept.author.region}`;
      return `${whose} is shown; ${others} ${isOne ? 'is' : 'are'} in its history`;
    }
    case 'keep-both':
      return `the newest version is shown; ${others} ${isOne ? 'is a file' : 'are files'} beside it`;
    case 'content':
      return `your file is shown; ${count(versions.length, 'version')} are in its history`;
    case 'merge':
      return `merged; ${count(versions.length, 'version')} are in its history`;
  }
}

const mutable = (choice: ConflictChoice) => (choice.type === 'content' ? { ...choice, chunks: [...choice.chunks] } : choice);

/** Asks until all is done: one call handles so many. A preview is of the first ones. */
async function resolveMany(cli: Cli, work: Work & { readonly rule: ConflictRule; readonly preview: boolean }): Promise<void> {
  const { client, place, json, rule, preview } = work;
  const outcomes: BulkOutcome[] = [];
  do {
    outcomes.push(await client.trpc.resolveConflicts.mutate({ space: place.space, folder: place.path, rule, preview }));
  } while (!preview && outcomes.at(-1)?.more === true && (outcomes.at(-1)?.done.length ?? 0) > 0);
  const done = outcomes.flatMap((outcome) => outcome.done);
  const skipped = outcomes.at(-1)?.skipped ?? [];
  const changes = outcomes.flatMap(({ changeId }) => changeId ?? []);
  if (skipped.length > 0 && done.length === 0) cli.exitCode = exitCodes.conflict;
  if (json) return printJson(cli, { changes, done, skipped, more: outcomes.at(-1)?.more ?? false, preview });
  printLines(cli, place.space, { done, skipped });
  const ended = preview ? `${count(done.length, 'conflict')} would be ended` : `${count(done.length, 'conflict')} ended`;
  print(cli, `${ended}${preview && outcomes.at(-1)?.more === true ? ', and more' : ''}; ${skipped.length} left as they are.\n`);
  for (const change of changes) print(cli, `Undo it with: jzse resolve --undo ${change} ${place.space}\n`);
}

async function undo(cli: Cli, { client, place, json, changeId }: Work & { readonly changeId: string }): Promise<void> {
  const outcome = await client.trpc.undoChange.mutate({ space: place.space, changeId });
  if (json) return printJson(cli, outcome);
  printLines(cli, place.space, outcome);
  print(cli, `${count(outcome.done.length, 'step')} back; ${count(outcome.skipped.length, 'file')} left as they are.\n`);
  if (outcome.changeId !== null) print(cli, `Undo the undo with: jzse resolve --undo ${outcome.changeId} ${place.space}\n`);
}

function printLines(cli: Cli, space: string, { done, skipped }: Pick<BulkOutcome, 'done' | 'skipped'>): void {
  const lines = [
    ...done.map(({ path, what }) => `${space}:${path}: ${what}`),
    ...skipped.map(({ path, why }) => `${space}:${path}: left as it is, ${why}`),
  ];
  for (const line of lines.slice(0, linesMax)) print(cli, `${showName(line)}\n`);
  if (lines.length > linesMax) print(cli, `and ${count(lines.length - linesMax, 'more file')}\n`);
}
