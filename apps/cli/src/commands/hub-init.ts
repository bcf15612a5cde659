import { chmod, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { type Cli, globalsOf, print, printJson } from '../cli.ts';
import { tokenPath } from '../cluster-file.ts';
import { openToken } from '../up/data-folder.ts';

const defaultFolder = '.jzse/hub';

export const hubInitCommand = (cli: Cli): Command =>
  new Command('init')
    .description('Make the data folder of a hub, and the token of its first admin; a token that is there stays')
    .argument('[folder]', 'data folder of the hub', defaultFolder)
    .action(async (folder: string, _options, command: Command) => {
      const data = resolve(cli.workingFolder, folder);
      await mkdir(data, { recursive: true, mode: 0o700 });
      await chmod(data, 0o700);
      const token = await openToken(data);
      if (globalsOf(command).json) return printJson(cli, { data, token, user: 'owner' });
      print(cli, `JZSE_DATA='${data}' JZSE_TOKEN="$(cat '${tokenPath(data)}')" jzse hub run\n`);
      cli.stderr.write('Start the hub so. The token is that of its first admin, "owner": with it, "jzse admin users" adds people.\n');
    });
