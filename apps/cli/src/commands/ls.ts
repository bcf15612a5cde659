import type { EntryInfo } from '@jzse/api/edge';
import { type EdgeClient, listFolder } from '@jzse/client';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJsonArray } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { showName, showSize, showTime, table } from '../show.ts';
import { parseSpacePath, type SpacePath } from '../space-path.ts';
import { parsePast, showPast } from './past-listing.ts';

/** Lines aligned with each other, and then printed: a folder of millions is not held in memory. */
const linesMax = 1_000;

const options = z.object({ at: z.string().optional() });

export const lsCommand = (cli: Cli): Command =>
  new Command('ls')
    .description('List a folder, or show one file')
    .argument('<place>', 'space:/path')
    .option('--at <time>', 'as it was then: 2026-11-25T06:40:00Z or "10m ago"; region@time as that region saw it')
    .action(async (place: string, _options, command: Command) => {
      const client = await connectEdge(cli, command);
      const { at } = optionsOf(command, options);
      if (at !== undefined) return showPast(cli, { client, ...parsePast(place, at), recursive: false, json: globalsOf(command).json });
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
