import { JzseError } from '@jzse/api';
import type { HubClient } from '@jzse/client';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../../cli.ts';
import { exitCodes } from '../../exit-codes.ts';
import { connectHub, spacesOf } from './connect-hub.ts';
import { restoreDirectory, toldOfDirectory } from './restore-directory.ts';

const optionsSchema = z.object({ from: z.string().optional(), replace: z.boolean().default(false) });

interface Rebuilt {
  readonly space: string;
  /** Null: it was not begun, and `error` says why. */
  readonly from: string | null;
  readonly error: string | null;
}

export const rebuildHubCommand = (cli: Cli): Command =>
  new Command('rebuild-hub')
    .description('Have a hub that lost its database begin anew with the state of a region')
    .argument('[spaces...]', 'all spaces of the hub without them')
    .option('--from <region>', 'the region whose state it is (default: the one that is furthest)')
    .option('--replace', 'also where the log has begun meanwhile, and regions refuse it')
    .addHelpText('after', help)
    .action(async (named: readonly string[], _options, command: Command) => {
      const { from, replace } = optionsOf(command, optionsSchema);
      const hub = await connectHub(cli, command);
      const directory = await restoreDirectory(hub);
      const rebuilt: Rebuilt[] = [];
      for (const space of await spacesOf(hub, named)) rebuilt.push(await rebuild(hub, space, { from: from ?? null, replace }));
      if (globalsOf(command).json) printJson(cli, { directory, spaces: rebuilt });
      else if (directory !== null) print(cli, toldOfDirectory(directory));
      if (!globalsOf(command).json) for (const one of rebuilt) print(cli, told(one));
      if (rebuilt.some(({ error }) => error !== null)) cli.exitCode = exitCodes.failed;
    });

async function rebuild(
  hub: HubClient,
  space: string,
  options: { readonly from: string | null; readonly replace: boolean },
): Promise<Rebuilt> {
  try {
    const answer = await hub.trpc.rebuild.mutate({ space, ...options });
    return { space, from: answer.from, error: null };
  } catch (error) {
    if (error instanceof JzseError && error.code !== 'unreachable') return { space, from: null, error: error.message };
    throw error;
  }
}

const told = ({ space, from, error }: Rebuilt): string =>
  error === null ? `${space}: ${from} sends its state; "jzse status" shows when the others have it\n` : `${space}: ${error}\n`;

const help = `
A hub that knows nobody but its first admin takes back from the regions who there was and what they may: people, groups, members,
grants, links, tokens, placements and quotas. Regions that the hub does not know yet are admitted first ("jzse admin regions add"),
and are asked for an hour. People sign in again; secrets of sessions are lost with the database.

Regions that still have every operation tell a new hub all of it by themselves. Those that have not refuse its log, and
"jzse status" says so: then the state of the one that was furthest becomes the beginning of the log. Where others were
sooner and the log has begun, --replace has it give way. Nothing is lost: what it has taken and that region has not is taken
again after that state. It is refused where that would not be so, or where the log has all that the region has seen. People
who worked on the same files meanwhile may find both versions, as after any time apart. "jzse admin events" says how it went.`;
