import { pageItemsMax } from '@jzse/api';
import type { VersionInfo } from '@jzse/api/edge';
import type { EdgeClient } from '@jzse/client';
import { Command } from 'commander';
import { type Cli, globalsOf, print, printJsonArray } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { showSize, showTime, table } from '../show.ts';
import { parseSpacePath, type SpacePath } from '../space-path.ts';

export const historyCommand = (cli: Cli): Command =>
  new Command('history')
    .description('List the versions of a file; get and cat take one with --at')
    .argument('<place>', 'space:/path')
    .action(async (place: string, _options, command: Command) => {
      const client = await connectEdge(cli, command);
      const versions = versionsOf(client, parseSpacePath(place));
      if (globalsOf(command).json) return printJsonArray(cli, versions);
      const nowMs = Date.now();
      print(
        cli,
        table(await Array.fromAsync(versions), [
          { title: 'version', value: ({ version }) => version },
          { title: 'size', right: true, value: ({ size }) => showSize(size) },
          { title: 'changed', value: ({ modifiedMs }) => showTime(modifiedMs, nowMs) },
          { title: 'region', value: ({ author }) => author.region },
          { title: 'by', value: ({ author }) => author.user },
          { title: '', value: ({ current, held }) => [current ? 'current' : '', held ? '' : '(content not here)'].join(' ').trim() },
        ]),
      );
    });

async function* versionsOf(client: EdgeClient, { space, path }: SpacePath): AsyncGenerator<VersionInfo> {
  let after: string | null = null;
  do {
    const page: { readonly versions: readonly VersionInfo[]; readonly next: string | null } = await client.trpc.history.query({
      space,
      path,
      after,
      limit: pageItemsMax,
    });
    yield* page.versions;
    after = page.next;
  } while (after !== null);
}
