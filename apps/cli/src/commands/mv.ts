import { JzseError } from '@jzse/api';
import type { EdgeClient } from '@jzse/client';
import { Command } from 'commander';
import { type Cli, globalsOf, printJson } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { UsageError } from '../exit-codes.ts';
import { parseSpacePath, type SpacePath, within } from '../space-path.ts';

export function mvCommand(cli: Cli): Command {
  const command = new Command('mv')
    .description('Move or rename a file or folder: one operation, whatever is below it')
    .argument('<from>', 'space:/path')
    .argument('<to>', 'space:/path; an existing folder means into it');
  return command.action(async (fromText: string, toText: string) => {
    const [from, to] = [parseSpacePath(fromText), parseSpacePath(toText)];
    const name = from.names.at(-1);
    if (name === undefined) throw new UsageError('the top of a space cannot be moved');
    if (from.space !== to.space) throw new UsageError('a move stays in its space; use get and put between spaces');
    const client = await connectEdge(cli, command);
    const target = (await isFolder(client, to)) ? within(to.path, name) : to.path;
    const moved = await client.trpc.move.mutate({ space: from.space, from: from.path, to: target });
    if (globalsOf(command).json) printJson(cli, moved);
  });
}

/** Whether a place stands for the folder to put things in. One that is not there yet is one if it is written with a slash. */
export async function isFolder(client: EdgeClient, { space, path, inside }: SpacePath): Promise<boolean> {
  if (inside || path === '/') return true;
  try {
    return (await client.trpc.stat.query({ space, path })).kind === 'folder';
  } catch (error) {
    if (error instanceof JzseError && error.code === 'unknown-path') return false;
    throw error;
  }
}
