import { resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf } from '../cli.ts';
import { defaultData } from '../cluster-file.ts';
import { edgeEntry, hubEntry } from '../server-entries.ts';
import { runCluster } from '../up/run-cluster.ts';

/** The edges take the three ports from 100 above the hub's. */
const options = z.object({
  portBase: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535 - 102)
    .default(7300),
});

export const upCommand = (cli: Cli): Command =>
  new Command('up')
    .description('Run a hub and the regions beijing, shanghai and shenzhen on this machine, until Ctrl-C')
    .option('--port-base <n>', 'port of the hub; the edges are at n+100, n+101, n+102 (default: 7300)')
    .addHelpText('after', '\nData is in --data (default: .jzse in the working folder). With --json one line is printed when all is ready.')
    .action(async (_options, command: Command) => {
      const { json, verbose, data } = globalsOf(command);
      const { portBase } = optionsOf(command, options);
      await runCluster(cli, {
        data: resolve(cli.workingFolder, data ?? defaultData),
        portBase,
        json,
        rawLogs: verbose,
        entries: { hub: hubEntry, edge: edgeEntry },
      });
    });
