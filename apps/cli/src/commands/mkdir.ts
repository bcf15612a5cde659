import { Command } from 'commander';
import { type Cli, globalsOf, printJson } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { parseSpacePath } from '../space-path.ts';

export const mkdirCommand = (cli: Cli): Command =>
  new Command('mkdir')
    .description('Make a folder, and those above it; one that is there already is fine')
    .argument('<places...>', 'space:/path')
    .action(async (places: string[], _options, command: Command) => {
      const client = await connectEdge(cli, command);
      const made = [];
      for (const { space, path } of places.map(parseSpacePath)) made.push(await client.trpc.makeFolder.mutate({ space, path }));
      if (globalsOf(command).json) printJson(cli, made);
    });
