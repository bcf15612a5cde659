import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { edgeEntry, hubEntry } from '../server-entries.ts';
import { hubInitCommand } from './hub-init.ts';

export const hubCommand = (cli: Cli): Command =>
  new Command('hub')
    .description('The coordinator')
    .addCommand(hubInitCommand(cli))
    .addCommand(runCommandOf(hubEntry, 'Run the hub here, set up by JZSE_* variables'));

export const edgeCommand = (): Command =>
  new Command('edge').description('A region').addCommand(runCommandOf(edgeEntry, 'Run an edge here, set up by JZSE_* variables'));

/** In this very process: signals, exit code and output are the server's own. Options after `--` are the server's. */
const runCommandOf = (entry: URL, description: string): Command =>
  new Command('run')
    .description(description)
    .argument('[options...]', 'after --: what the server itself takes, such as --help or --print-config')
    .action(async (options: string[]) => {
      process.argv.splice(1, process.argv.length, fileURLToPath(entry), ...options);
      await import(entry.href);
    });
