import { Command } from 'commander';
import { type Cli, globalsOf, print, printJson } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { count, showSize, showTime, table } from '../show.ts';

export const regionsCommand = (cli: Cli): Command =>
  new Command('regions').description('List the regions as the hub last saw them').action(async (_options, command: Command) => {
    const client = await connectEdge(cli, command);
    const regions = await client.trpc.regions.query();
    if (globalsOf(command).json) return printJson(cli, regions);
    const nowMs = Date.now();
    print(
      cli,
      table(regions, [
        { title: 'region', value: ({ id }) => id },
        { title: 'state', value: ({ healthy }) => (healthy ? 'healthy' : 'away') },
        { title: 'seen', value: ({ lastSeenMs }) => showTime(lastSeenMs, nowMs) },
        { title: 'outbox', right: true, value: ({ outbox }) => (outbox === null ? '?' : count(outbox, 'operation')) },
        { title: 'transfers', right: true, value: ({ pendingTransfers }) => String(pendingTransfers) },
        { title: 'free', right: true, value: ({ diskFreeBytes }) => (diskFreeBytes === null ? '?' : showSize(diskFreeBytes)) },
        { title: 'url', value: ({ url }) => url },
      ]),
    );
  });
