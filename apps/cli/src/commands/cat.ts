import { once } from 'node:events';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, optionsOf } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { parseSpacePath } from '../space-path.ts';

const options = z.object({ at: z.string().optional() });

export const catCommand = (cli: Cli): Command =>
  new Command('cat')
    .description('Write the content of a file to standard output')
    .argument('<place>', 'space:/path')
    .option('--at <version>', 'an older version, as "jzse history" names it')
    .action(async (place: string, _options, command: Command) => {
      const client = await connectEdge(cli, command);
      const { at: version } = optionsOf(command, options);
      const response = await client.files.read(parseSpacePath(place), {
        ...(version === undefined ? {} : { version }),
        signal: cli.signal,
      });
      await writeBody(cli, response);
    });

/** Waits for whoever reads: a large file never gathers in memory. */
export async function writeBody(cli: Cli, response: Response): Promise<void> {
  for await (const bytes of response.body ?? []) {
    if (!cli.stdout.write(bytes)) await once(cli.stdout, 'drain');
  }
}
