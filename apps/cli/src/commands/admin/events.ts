import type { HubEvent } from '@jzse/api';
import type { HubClient } from '@jzse/client';
import { pause } from '@jzse/client';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson, printJsonArray } from '../../cli.ts';
import { showName } from '../../show.ts';
import { connectHub } from './connect-hub.ts';

const optionsSchema = z.object({ follow: z.boolean().default(false) });
const eventsPerCall = 200;
const followEveryMs = 1_000;

export const eventsCommand = (cli: Cli): Command =>
  new Command('events')
    .description('What operators should know of: divergence, failed merges, closed doors, new epochs')
    .option('--follow', 'go on with what comes; with --json one line an event')
    .action(async (_options, command: Command) => {
      const { follow } = optionsOf(command, optionsSchema);
      const { json } = globalsOf(command);
      const events = readEvents(cli, await connectHub(cli, command), follow);
      if (json && !follow) return printJsonArray(cli, events);
      for await (const event of events) {
        if (json) printJson(cli, event);
        else print(cli, told(event));
      }
    });

async function* readEvents(cli: Cli, hub: HubClient, follow: boolean): AsyncGenerator<HubEvent> {
  let after = 0;
  while (!cli.signal.aborted) {
    const events: readonly HubEvent[] = await hub.trpc.events.query({ after, limit: eventsPerCall });
    yield* events;
    after = events.at(-1)?.sequence ?? after;
    if (events.length === eventsPerCall) continue;
    if (!follow) return;
    await pause(followEveryMs, cli.signal);
  }
}

function told({ atMs, type, space, region, data }: HubEvent): string {
  const where = [space, region].filter((name) => name !== null).join(' ');
  return `${new Date(atMs).toISOString()}  ${type.padEnd(12)}  ${where}  ${showName(JSON.stringify(data))}\n`;
}
