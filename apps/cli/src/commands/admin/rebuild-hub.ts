import { JzseError } from '@jzse/api';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../../cli.ts';
import { exitCodes } from '../../exit-codes.ts';
import { connectHub, spacesOf } from './connect-hub.ts';

const optionsSchema = z.object({ from: z.string().optional() });

interface Rebuilt {
  readonly space: string;
  /** Null: it was not begun, and `error` says why. */
  readonly from: string | null;
  readonly error: string | null;
}

export const rebuildHubCommand = (cli: Cli): Command =>
  new Command('rebuild-hub')
    .description('Have a hub that lost its database begin anew with the state of a region. Spaces whose log is not empty stay as they are')
    .argument('[spaces...]', 'all spaces of the hub without them')
    .option('--from <region>', 'the region whose state it is (default: the one that is furthest)')
    .action(async (named: readonly string[], _options, command: Command) => {
      const { from } = optionsOf(command, optionsSchema);
      const hub = await connectHub(cli, command);
      const rebuilt: Rebuilt[] = [];
      for (const space of await spacesOf(hub, named)) rebuilt.push(await rebuild(hub, space, from ?? null));
      if (globalsOf(command).json) printJson(cli, rebuilt);
      else for (const one of rebuilt) print(cli, told(one));
      if (rebuilt.some(({ error }) => error !== null)) cli.exitCode = exitCodes.failed;
    });

async function rebuild(hub: Awaited<ReturnType<typeof connectHub>>, space: string, from: string | null): Promise<Rebuilt> {
  try {
    const answer = await hub.trpc.rebuild.mutate({ space, from });
    return { space, from: answer.from, error: null };
  } catch (error) {
    if (error instanceof JzseError && error.code !== 'unreachable') return { space, from: null, error: error.message };
    throw error;
  }
}

const told = ({ space, from, error }: Rebuilt): string =>
  error === null ? `${space}: ${from} sends its state; "jzse status" shows when the others have it\n` : `${space}: ${error}\n`;
