import type { EntryInfo } from '@jzse/api/edge';
import { type EdgeTrpc, listFolder, walkSpace } from '@jzse/client';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJsonArray } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { count, showName, showSize } from '../show.ts';
import { parseSpacePath } from '../space-path.ts';
import { remarks } from './ls.ts';
import { parsePast, showPast } from './past-listing.ts';

const options = z.object({ at: z.string().optional(), depth: z.coerce.number().int().min(1).optional() });

export const treeCommand = (cli: Cli): Command =>
  new Command('tree')
    .description('Show everything below a folder')
    .argument('<place>', 'space:/path')
    .option('--at <time>', 'as it was then: 2026-11-25T06:40:00Z or "10m ago"; region@time as that region saw it')
    .option('--depth <n>', 'go no deeper than n folders')
    .action(async (place: string, _options, command: Command) => {
      const client = await connectEdge(cli, command);
      const { space, path } = parseSpacePath(place);
      const { at } = optionsOf(command, options);
      if (at !== undefined) return showPast(cli, { client, ...parsePast(place, at), recursive: true, json: globalsOf(command).json });
      const depthMax = optionsOf(command, options).depth ?? Number.POSITIVE_INFINITY;
      if (globalsOf(command).json) return printJsonArray(cli, entriesOf(walkSpace(client.trpc, { space, path, depthMax })));
      const totals = { files: 0, folders: 0, bytes: 0 };
      print(cli, `${space}:${showName(path)}\n`);
      await printBranch(cli, { trpc: client.trpc, space, path, depthMax, prefix: '', totals });
      const folders = count(totals.folders, 'folder');
      print(cli, `${folders}, ${count(totals.files, 'file')}, ${showSize(totals.bytes)}\n`);
    });

async function* entriesOf(walk: AsyncIterable<{ readonly entry: EntryInfo }>): AsyncGenerator<EntryInfo> {
  for await (const { entry } of walk) yield entry;
}

interface Branch {
  readonly trpc: EdgeTrpc;
  readonly space: string;
  readonly path: string;
  readonly depthMax: number;
  readonly prefix: string;
  readonly totals: { files: number; folders: number; bytes: number };
}

/** An entry is printed when the next one is known, because the last one of a folder has another line before it. */
async function printBranch(cli: Cli, branch: Branch): Promise<void> {
  let before: EntryInfo | null = null;
  for await (const entry of listFolder(branch.trpc, branch.space, branch.path)) {
    if (before !== null) await printEntry(cli, before, { branch, last: false });
    before = entry;
  }
  if (before !== null) await printEntry(cli, before, { branch, last: true });
}

async function printEntry(cli: Cli, entry: EntryInfo, at: { readonly branch: Branch; readonly last: boolean }): Promise<void> {
  const { branch, last } = at;
  const name = showName(entry.name) + (entry.kind === 'folder' ? '/' : `  ${showSize(entry.size)}`);
  print(cli, `${branch.prefix}${last ? '└── ' : '├── '}${name} ${remarks(entry)}`.trimEnd());
  print(cli, '\n');
  if (entry.kind === 'file') {
    branch.totals.files++;
    branch.totals.bytes += entry.size;
    return;
  }
  branch.totals.folders++;
  if (branch.depthMax <= 1) return;
  await printBranch(cli, { ...branch, path: entry.path, depthMax: branch.depthMax - 1, prefix: branch.prefix + (last ? '    ' : '│   ') });
}
