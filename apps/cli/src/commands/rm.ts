import { JzseError } from '@jzse/api';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, printJson } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { UsageError } from '../exit-codes.ts';
import { parseSpacePath } from '../space-path.ts';

const options = z.object({ recursive: z.boolean().default(false), force: z.boolean().default(false) });

export const rmCommand = (cli: Cli): Command =>
  new Command('rm')
    .description('Delete files, and folders with -r; their versions are kept')
    .argument('<places...>', 'space:/path')
    .option('-r, --recursive', 'folders too, with everything below them')
    .option('-f, --force', 'what is not there is no failure')
    .action(async (texts: string[], _options, command: Command) => {
      const { recursive, force } = optionsOf(command, options);
      const places = texts.map(parseSpacePath);
      if (places.some(({ path }) => path === '/')) throw new UsageError('the top of a space cannot be deleted');
      const client = await connectEdge(cli, command);
      const removed: string[] = [];
      for (const { space, path } of places) {
        try {
          const entry = await client.trpc.stat.query({ space, path });
          if (entry.kind === 'folder' && !recursive) {
            throw new JzseError('is-a-folder', `${space}:${path} is a folder; delete it and everything below it with rm -r`);
          }
          await client.trpc.remove.mutate({ space, path });
          removed.push(`${space}:${path}`);
        } catch (error) {
          if (!force || !(error instanceof JzseError) || error.code !== 'unknown-path') throw error;
        }
      }
      if (globalsOf(command).json) printJson(cli, { removed });
    });
