import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../../cli.ts';
import { UsageError } from '../../exit-codes.ts';
import { parseMoment } from '../../moment.ts';
import { connectHub, spacesOf } from './connect-hub.ts';

const optionsSchema = z.object({ began: z.string().optional() });

interface Noted {
  readonly space: string;
  /** Regions let go of their rows up to this change; the log ends at `head`. */
  readonly safe: number;
  readonly head: number;
}

export const backupDoneCommand = (cli: Cli): Command =>
  new Command('backup-done')
    .description('Say that a backup of the hub is complete: regions need not keep what it holds any more')
    .argument('[spaces...]', 'all spaces of the hub without them')
    .option('--began <time>', "when the backup was begun, by the hub's clock: 2026-11-25T03:00:00Z, or 10m ago (required)")
    .addHelpText('after', help)
    .action(async (named: readonly string[], _options, command: Command) => {
      const beganMs = parseBegan(optionsOf(command, optionsSchema).began);
      const hub = await connectHub(cli, command);
      const noted: Noted[] = [];
      for (const space of await spacesOf(hub, named)) {
        const { safe, head } = await hub.trpc.noteBackup.mutate({ space, holds: { beganMs } });
        noted.push({ space, safe, head: head.sequence });
      }
      if (globalsOf(command).json) printJson(cli, noted);
      else for (const { space, safe, head } of noted) print(cli, `${space}: safe up to change ${safe} of ${head}\n`);
    });

/** Guessing "now" would mark what came while the backup ran, which it lacks. */
function parseBegan(began: string | undefined): number {
  if (began === undefined)
    throw new UsageError(
      'say when the backup was begun, which is before it was complete: --began 2026-11-25T03:00:00Z, or --began "10m ago"',
    );
  const { atMs, region } = parseMoment(began, Date.now());
  if (region !== null) throw new UsageError(`"${began}" names a region; a backup of the hub was begun at a time`);
  return atMs;
}

const help = `
Note the time, make the backup, see that it is whole, then say so:
  began=$(date -u +%FT%TZ)
  pg_dump --format=custom --file=hub.dump "$JZSE_DATABASE_URL" && jzse admin backup-done --began "$began"

What was integrated up to a minute before that time becomes safe, never more: regions drop their rows of it, and a hub
that is restored from this backup gets all the rest back from them. Without backups nothing is lost either: rows become
safe when every region has passed them and they are older than JZSE_FEED_KEEP_DAYS.`;
