import type { AuditRecord, ChainVerification } from '@jzse/api/hub';
import { type HubClient, pause } from '@jzse/client';
import type { SpaceId } from '@jzse/sync';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../../cli.ts';
import { exitCodes, UsageError } from '../../exit-codes.ts';
import { parseMoment } from '../../moment.ts';
import { showName, table } from '../../show.ts';
import { connectHub } from './connect-hub.ts';

const optionsSchema = z.object({
  follow: z.boolean().default(false),
  all: z.boolean().default(false),
  limit: z.coerce.number().int().min(1).max(10_000).default(50),
  actor: z.string().optional(),
  action: z.string().optional(),
  space: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
});
type Options = z.output<typeof optionsSchema>;
type Listed = AuditRecord & { readonly id: number };

const recordsPerCall = 500;
const followEveryMs = 1_000;

export const auditCommand = (cli: Cli): Command =>
  new Command('audit')
    .description('Who did what to what, when, from where, with what result, on hub and edges; with --json one line a record')
    .option('--actor <name>', 'a person, region/<id>, link/<id>, or anonymous')
    .option('--action <name>', 'such as file.write, session.open or people.createUser')
    .option('--space <space>')
    .option('--from <time>', '2026-11-25T06:40:00Z, or "2h ago"')
    .option('--to <time>')
    .option('--limit <count>', 'the newest so many (default: 50)')
    .option('--all', 'from the first on, in place of the newest: for an export')
    .option('--follow', 'go on with what comes')
    .action(async (_options, command: Command) => {
      const { json } = globalsOf(command);
      for await (const record of readRecords(cli, await connectHub(cli, command), optionsOf(command, optionsSchema))) {
        if (json) printJson(cli, record);
        else print(cli, told(record));
      }
    })
    .addCommand(verifyCommand(cli));

const verifyCommand = (cli: Cli): Command =>
  new Command('verify')
    .description('Walk all chains of records: names the first that was altered or removed')
    .action(async (_options, command: Command) => {
      const chains = await (await connectHub(cli, command)).trpc.audit.verify.query();
      if (globalsOf(command).json) printJson(cli, chains);
      else print(cli, chains.length === 0 ? 'there are no records yet\n' : table(chains, columns));
      if (chains.some(({ broken }) => broken !== null)) cli.exitCode = exitCodes.failed;
    });

const columns = [
  { title: 'writer', value: ({ writer }: ChainVerification) => writer },
  { title: 'records', right: true, value: ({ records }: ChainVerification) => String(records) },
  { title: 'state', value: stateOf },
];

function stateOf({ broken }: ChainVerification): string {
  return broken === null ? 'whole' : `record ${broken.sequence} ${broken.what === 'missing' ? 'is missing' : 'was altered'}`;
}

async function* readRecords(cli: Cli, hub: HubClient, options: Options): AsyncGenerator<Listed> {
  const filter = filterOf(options);
  let after = 0;
  if (!options.all) {
    const newest = await readNewest(hub, filter, options.limit);
    yield* newest;
    after = newest.at(-1)?.id ?? 0;
    if (!options.follow) return;
  }
  while (!cli.signal.aborted) {
    const { records } = await hub.trpc.audit.list.query({ ...filter, afterId: after, limit: recordsPerCall });
    yield* records;
    after = records.at(-1)?.id ?? after;
    if (records.length === recordsPerCall) continue;
    if (!options.follow) return;
    await pause(followEveryMs, cli.signal);
  }
}

/** Oldest of them first. */
async function readNewest(hub: HubClient, filter: Filter, limit: number): Promise<Listed[]> {
  const newest: Listed[] = [];
  for (let before = Number.MAX_SAFE_INTEGER; newest.length < limit; ) {
    const want = Math.min(recordsPerCall, limit - newest.length);
    const { records, next } = await hub.trpc.audit.list.query({ ...filter, beforeId: before, limit: want });
    newest.push(...records);
    if (next === null) break;
    before = next;
  }
  return newest.reverse();
}

type Filter = ReturnType<typeof filterOf>;

function filterOf({ actor, action, space, from, to }: Options) {
  return {
    actor: actor ?? null,
    action: action ?? null,
    space: (space ?? null) as SpaceId | null,
    fromMs: momentOf(from),
    toMs: momentOf(to),
  };
}

function momentOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const { atMs, region } = parseMoment(text, Date.now());
  if (region !== null) throw new UsageError(`"${text}" names a region; write a time alone`);
  return atMs;
}

function told({ atMs, writer, actor, action, space, target, address, result, detail }: Listed): string {
  const what = [space, target].filter((part) => part !== null).join(':');
  const facts = Object.entries(detail).map(([name, value]) => `${name}=${String(value)}`);
  const parts = [new Date(atMs).toISOString(), writer, actor, action, what, result, address ?? '', facts.join(' ')];
  return `${parts
    .filter((part) => part !== '')
    .map(showName)
    .join('  ')}\n`;
}
