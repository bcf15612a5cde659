import { pageItemsMax } from '@jzse/api';
import type { BulkOutcome, DeletedEntry } from '@jzse/api/edge';
import type { EdgeClient } from '@jzse/client';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson, printJsonArray } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { UsageError } from '../exit-codes.ts';
import { parseMoment } from '../moment.ts';
import { count, showName, showSize, showTime, table } from '../show.ts';
import type { SpacePath } from '../space-path.ts';
import { parsePlace } from './conflicts.ts';

const options = z.object({
  version: z.string().optional(),
  list: z.boolean().default(false),
  to: z.string().optional(),
  removeNew: z.boolean().default(false),
  preview: z.boolean().default(false),
});
type Options = z.infer<typeof options>;

/** Files of a change that are told one by one. */
const linesMax = 50;

export const restoreCommand = (cli: Cli): Command =>
  new Command('restore')
    .description(
      'Bring back what was: a deleted file or folder, a former version of a file (--version), or a folder or space as it was (--to). It makes new versions; nothing is lost by it',
    )
    .argument('<place>', 'space:/path, or space')
    .option('--version <version>', 'show this version again, as "jzse history" names it')
    .option('--list', 'list what is deleted and can be brought back')
    .option('--to <time>', 'as it was then: 2026-11-25T06:40:00Z or "10m ago"; region@time as that region saw it')
    .option('--remove-new', 'with --to: what was not there then is deleted')
    .option('--preview', 'with --to: only say what would be done')
    .action(async (text: string, _options, command: Command) => {
      const chosen = optionsOf(command, options);
      checkUsage(chosen);
      const work = { place: parsePlace(text), json: globalsOf(command).json, chosen };
      const moment = chosen.to === undefined ? null : parseMoment(chosen.to, Date.now());
      const client = await connectEdge(cli, command);
      if (chosen.list) return listDeleted(cli, { ...work, client });
      if (moment === null) return restoreOne(cli, { ...work, client });
      const { space, path } = work.place;
      const { removeNew, preview } = chosen;
      const outcome = await client.trpc.restoreTo.mutate({ space, path, moment, removeNew, preview });
      return showOutcome(cli, { ...work, client }, outcome);
    });

interface Work {
  readonly client: EdgeClient;
  readonly place: SpacePath;
  readonly json: boolean;
  readonly chosen: Options;
}

function checkUsage({ version, list, to, removeNew, preview }: Options): void {
  if ([version !== undefined, list, to !== undefined].filter(Boolean).length > 1)
    throw new UsageError('name one of --version, --list and --to');
  if ((removeNew || preview) && to === undefined) throw new UsageError('--remove-new and --preview go with --to');
}

async function restoreOne(cli: Cli, { client, place, json, chosen }: Work): Promise<void> {
  const { space, path } = place;
  if (path === '/') throw new UsageError('name what to bring back, or with --to a time that the space is to be as at');
  const entry = await client.trpc.restore.mutate({ space, path, version: chosen.version ?? null });
  if (json) return printJson(cli, { space, ...entry });
  print(cli, `${space}:${showName(entry.path)} is back${entry.version === null ? '' : ` as version ${entry.version}`}.\n`);
}

async function listDeleted(cli: Cli, { client, place, json }: Work): Promise<void> {
  const deleted = deletedAt(client, place);
  if (json) return printJsonArray(cli, deleted);
  const nowMs = Date.now();
  let lines: DeletedEntry[] = [];
  let shown = 0;
  const flush = (): void => {
    if (lines.length > 0) print(cli, tableOf(lines, nowMs));
    lines = [];
  };
  for await (const entry of deleted) {
    shown++;
    if (lines.push(entry) === pageItemsMax) flush();
  }
  flush();
  print(cli, shown === 0 ? 'Nothing is deleted there that is still kept.\n' : 'Bring one back with: jzse restore space:/path\n');
}

const tableOf = (entries: readonly DeletedEntry[], nowMs: number): string =>
  table(entries, [
    { title: 'size', right: true, value: ({ kind, size }) => (kind === 'folder' ? '' : showSize(size)) },
    { title: 'deleted', value: ({ deletedMs }) => showTime(deletedMs, nowMs) },
    { title: 'by', value: ({ deletedBy }) => showName(deletedBy) },
    { title: 'path', value: ({ path, kind }) => showName(kind === 'folder' ? `${path}/` : path) },
  ]);

async function* deletedAt(client: EdgeClient, { space, path }: SpacePath): AsyncGenerator<DeletedEntry> {
  let after: string | null = null;
  do {
    const page: { readonly entries: readonly DeletedEntry[]; readonly next: string | null } = await client.trpc.listDeleted.query({
      space,
      path,
      after,
      limit: pageItemsMax,
    });
    yield* page.entries;
    after = page.next;
  } while (after !== null);
}

function showOutcome(cli: Cli, { place: { space }, json, chosen }: Work, outcome: BulkOutcome): void {
  if (json) return printJson(cli, outcome);
  const lines = [
    ...outcome.done.map(({ path, what }) => `${space}:${path}: ${what}`),
    ...outcome.skipped.map(({ path, why }) => `${space}:${path}: left as it is, ${why}`),
  ];
  for (const line of lines.slice(0, linesMax)) print(cli, `${showName(line)}\n`);
  if (lines.length > linesMax) print(cli, `and ${count(lines.length - linesMax, 'more')}\n`);
  print(
    cli,
    `${count(outcome.done.length, 'step')}${chosen.preview ? ' would be made' : ''}; ${outcome.skipped.length} left as they are.\n`,
  );
  if (outcome.changeId !== null) print(cli, `Undo it with: jzse resolve --undo ${outcome.changeId} ${space}\n`);
}
