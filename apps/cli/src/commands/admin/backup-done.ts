import { Command } from 'commander';
import { type Cli, globalsOf, print, printJson } from '../../cli.ts';
import { count } from '../../show.ts';
import { connectHub, spacesOf } from './connect-hub.ts';

export const backupDoneCommand = (cli: Cli): Command =>
  new Command('backup-done')
    .description('Say that a backup of the hub as of now exists: regions need not keep what it holds')
    .argument('[spaces...]', 'all spaces of the hub without them')
    .action(async (named: readonly string[], _options, command: Command) => {
      const hub = await connectHub(cli, command);
      const spaces = await spacesOf(hub, named);
      for (const space of spaces) await hub.trpc.noteBackup.mutate({ space });
      if (globalsOf(command).json) printJson(cli, { spaces });
      else print(cli, `the backup of ${count(spaces.length, 'space')} is noted\n`);
    });
