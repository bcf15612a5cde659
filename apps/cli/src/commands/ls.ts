import type { EntryInfo } from '@jzse/api/edge';
import { type EdgeClient, listFolder } from '@jzse/client';
import { Command } from 'commander';
import { type Cli, globalsOf, print, printJsonArray } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { showName, showSize, showTime, table } from '../show.ts';
import { parseSpacePath, type SpacePath } from '../space-path.ts';

/** Lines aligned with each other, and then printed: a folder of millions is not held in memory. */
const linesMax = 1_000;

export const lsCommand = (cli: Cli): Command =>
  new Command('ls')
    .description('List a folder, or show one file')
    .argument('<place>', 'space:/path')
    .action(async (place: string, _options, command: Command) => {
      const client = await connectEdge(cli, command);
      const entries = entriesAt(client, parseSpacePath(place));
      if (globalsOf(command).json) return printJsonArray(cli, entries);
      let lines: EntryInfo[] = [];
      for await (const entry of entries) {
        lines.push(entry);
        if (lines.length < linesMax) continue;
        print(cli, listing(lines));
        lines = [];
      }
      if (lines.length > 0) print(cli, listing(lines));
    });

async function* entriesAt(client: EdgeClient, { space, path, inside }: SpacePath): AsyncGenerator<EntryInfo> {
  const entry = path === '/' || inside ? null : await client.trpc.stat.query({ space, path });
  if (entry?.kind === 'file') yield entry;
  else yield* listFolder(client.trpc, space, path);
}

function listing(entries: readonly EntryInfo[]): string {
  const nowMs = Date.now();
  return table(entries, [
    { title: 'size', right: true, value: ({ kind, size }) => (kind === 'folder' ? '-' : showSize(size)) },
    { title: 'changed', value: ({ modifiedMs }) => showTime(modifiedMs, nowMs) },
    { title: 'name', value: ({ name, kind }) => showName(name) + (kind === 'folder' ? '/' : '') },
    { title: '', value: remarks },
  ]);
}

/** What is out of the ordinary about an entry. */
export function remarks(entry: EntryInfo): string {
  const remarkable = [
    entry.siblings > 1 ? `conflict of ${entry.siblings} versions` : '',
    entry.kind === 'file' && !entry.held ? 'content not here yet' : '',
    entry.confirmed ? '' : 'not at the hub yet',
  ].filter((remark) => remark !== '');
  return remarkable.length === 0 ? '' : `(${remarkable.join(', ')})`;
}
