import { Command } from 'commander';
import { edgeEntry, hubEntry } from '../server-entries.ts';

export const hubCommand = (): Command =>
  new Command('hub').description('The coordinator').addCommand(runCommandOf(hubEntry, 'Run the hub here, set up by JZSE_* variables'));

export const edgeCommand = (): Command =>
  new Command('edge').description('A region').addCommand(runCommandOf(edgeEntry, 'Run an edge here, set up by JZSE_* variables'));

/** In this very process: signals, exit code and output are the server's own. */
const runCommandOf = (entry: URL, description: string): Command =>
  new Command('run').description(description).action(async () => {
    await import(entry.href);
  });
