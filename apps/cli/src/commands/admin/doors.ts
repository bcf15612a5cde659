import type { ClosedDoor } from '@jzse/api/edge';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../../cli.ts';
import { connectEdge } from '../../connect.ts';
import { UsageError } from '../../exit-codes.ts';
import { count, showTime, table } from '../../show.ts';

export const doorsCommand = (cli: Cli): Command =>
  new Command('doors')
    .description('Spaces of a region out of which nothing goes, since too much was changed at once')
    .addCommand(listCommand(cli), { isDefault: true })
    .addCommand(openCommand(cli))
    .addCommand(undoCommand(cli))
    .addCommand(allowCommand(cli));

const listCommand = (cli: Cli): Command =>
  new Command('list').description('Which doors are closed, and why').action(async (_options, command: Command) => {
    const doors = await (await connectEdge(cli, command)).trpc.doors.query();
    if (globalsOf(command).json) printJson(cli, doors);
    else print(cli, doors.length === 0 ? 'no door is closed\n' : tableOf(doors));
  });

const openCommand = (cli: Cli): Command =>
  new Command('open')
    .description('It was meant: what waits goes out')
    .argument('<space>')
    .action(async (space: string, _options, command: Command) => {
      await (await connectEdge(cli, command)).trpc.openDoor.mutate({ space });
      if (globalsOf(command).json) printJson(cli, { space, opened: true });
      else print(cli, `the door of ${space} is open\n`);
    });

const undoCommand = (cli: Cli): Command =>
  new Command('undo')
    .description('It was not meant: everything that the change touched is brought back')
    .argument('<space>')
    .action(async (space: string, _options, command: Command) => {
      const outcome = await (await connectEdge(cli, command)).trpc.undoDoor.mutate({ space });
      if (globalsOf(command).json) printJson(cli, outcome);
      else print(cli, `the change in ${space} is undone, and the door is open\n`);
    });

const allowCommand = (cli: Cli): Command =>
  new Command('allow')
    .description('A large change is coming and is meant: the door does not close for a while')
    .argument('<space>')
    .option('--for <time>', 'how long, such as 10m or 2h', '10m')
    .action(async (space: string, _options, command: Command) => {
      const untilMs = Date.now() + parseTime(optionsOf(command, z.object({ for: z.string() })).for);
      await (await connectEdge(cli, command)).trpc.expectChange.mutate({ space, untilMs });
      if (globalsOf(command).json) printJson(cli, { space, untilMs });
      else print(cli, `the door of ${space} stays open until ${new Date(untilMs).toISOString()}\n`);
    });

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function parseTime(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) throw new UsageError(`"${text}" is not a time; write it as 10m or 2h`);
  return Number(amount) * unitMs[unit as keyof typeof unitMs];
}

function tableOf(doors: readonly ClosedDoor[]): string {
  const nowMs = Date.now();
  return table(doors, [
    { title: 'space', value: ({ space }) => space },
    { title: 'closed', value: ({ sinceMs }) => showTime(sinceMs, nowMs) },
    { title: 'by', value: ({ author }) => `${author.user} (${author.device})` },
    { title: 'entries', right: true, value: ({ entries }) => count(entries, 'entry', 'entries') },
    { title: 'why', value: ({ reason }) => reason },
  ]);
}
