import { Command } from 'commander';
import { type Cli, globalsOf, print, printJson } from '../cli.ts';
import { connectEdge } from '../connect.ts';

export const spacesCommand = (cli: Cli): Command =>
  new Command('spaces').description('List the spaces').action(async (_options, command: Command) => {
    const client = await connectEdge(cli, command);
    const spaces = await client.trpc.listSpaces.query();
    if (globalsOf(command).json) return printJson(cli, spaces);
    print(cli, spaces.map((space) => `${space}:\n`).join(''));
  });
