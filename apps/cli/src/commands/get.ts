import { mkdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { JzseError } from '@jzse/api';
import type { EntryInfo } from '@jzse/api/edge';
import { type EdgeClient, walkSpace } from '@jzse/client';
import { getFile } from '@jzse/client/node';
import { Command } from 'commander';
import { z } from 'zod';
import { type Cli, globalsOf, optionsOf, print, printJson } from '../cli.ts';
import { connectEdge } from '../connect.ts';
import { UsageError } from '../exit-codes.ts';
import { type Progress, startProgress } from '../progress.ts';
import { count, showDuration, showSize } from '../show.ts';
import { parseSpacePath, type SpacePath } from '../space-path.ts';
import { writeBody } from './cat.ts';

const options = z.object({ at: z.string().optional() });
/** Files of a folder that arrive at a time. */
const downloadsMax = 8;

export function getCommand(cli: Cli): Command {
  const command = new Command('get')
    .description('Get a file, or a folder with everything below it. Files appear whole and verified, or not at all')
    .argument('<place>', 'space:/path')
    .argument('[target]', 'local name or folder, "-" for standard output; by default the same name, here')
    .option('--at <version>', 'an older version of a file, as "jzse history" names it');
  return command.action(async (place: string, target: string | undefined) => {
    const at = parseSpacePath(place);
    const client = await connectEdge(cli, command);
    const { at: version } = optionsOf(command, options);
    const { json } = globalsOf(command);
    const chosen = version === undefined ? {} : { version };
    if (target === '-') return writeBody(cli, await client.files.read(at, { ...chosen, signal: cli.signal }));
    const entry = at.path === '/' || at.inside ? null : await statOrVersion(client, at, version);
    const name = at.names.at(-1) ?? at.space;
    const startedMs = performance.now();
    const progress = startProgress(cli, { quiet: json });
    const got = { files: 0, bytes: 0 };
    try {
      const local = resolve(cli.workingFolder, target ?? name);
      if (entry?.kind === 'file')
        await getOne(cli, {
          client,
          at,
          got,
          progress,
          chosen: { ...chosen, ...timeOf(entry) },
          local: await intoFolder(local, target, name),
        });
      else if (version !== undefined) throw new UsageError('only a file has versions');
      else await getFolder(cli, { client, at, local, got, progress });
    } finally {
      progress.stop();
    }
    if (json) printJson(cli, { ...got, tookMs: Math.round(performance.now() - startedMs) });
    else print(cli, `${count(got.files, 'file')}, ${showSize(got.bytes)}, ${showDuration(performance.now() - startedMs)}\n`);
  });
}

/** `modifiedMs` null: what is got is not what is listed. */
interface Found {
  readonly kind: string;
  readonly modifiedMs: number | null;
}

/** A version can be had although nothing has its name any more. */
async function statOrVersion(client: EdgeClient, at: SpacePath, version: string | undefined): Promise<Found> {
  try {
    const { kind, modifiedMs } = await client.trpc.stat.query({ space: at.space, path: at.path });
    return { kind, modifiedMs: version === undefined ? modifiedMs : null };
  } catch (error) {
    const gone = error instanceof JzseError && error.code === 'unknown-path';
    if (gone && version !== undefined) return { kind: 'file', modifiedMs: null };
    // The edge may know the path by asking the hub, which a listing does not do.
    if (error instanceof JzseError && error.code === 'not-known-here-yet') return { kind: 'file', modifiedMs: null };
    throw error;
  }
}

const timeOf = ({ modifiedMs }: Found) => (modifiedMs === null ? {} : { modifiedMs });

interface Download {
  readonly client: EdgeClient;
  readonly at: SpacePath;
  readonly local: string;
  readonly got: { files: number; bytes: number };
  readonly progress: Progress;
}

async function getOne(
  cli: Cli,
  download: Download & { readonly chosen: { readonly version?: string; readonly modifiedMs?: number } },
): Promise<void> {
  const { client, at, local, got, progress, chosen } = download;
  const result = await getFile(client, {
    space: at.space,
    path: at.path,
    target: local,
    ...chosen,
    signal: cli.signal,
    onProgress: (bytes, total) => progress.update(bytes, total ?? bytes, basename(local)),
  });
  got.files++;
  got.bytes += result.bytes;
}

async function getFolder(cli: Cli, { client, at, local, got, progress }: Download): Promise<void> {
  await mkdir(local, { recursive: true });
  const working = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let totalBytes = 0;
  const getEntry = async (entry: EntryInfo) => {
    try {
      const target = localOf(local, at, entry);
      const { modifiedMs } = entry;
      const result = await getFile(client, { space: at.space, path: entry.path, target, modifiedMs, signal: cli.signal });
      got.files++;
      got.bytes += result.bytes;
      progress.update(got.bytes, totalBytes, count(got.files, 'file'));
    } catch (error) {
      failures.push(error);
    }
  };
  for await (const { entry } of walkSpace(client.trpc, { space: at.space, path: at.path })) {
    if (failures.length > 0) break;
    if (entry.kind === 'folder') {
      await mkdir(localOf(local, at, entry), { recursive: true });
      continue;
    }
    totalBytes += entry.size;
    const work: Promise<void> = getEntry(entry).finally(() => working.delete(work));
    working.add(work);
    if (working.size >= downloadsMax) await Promise.race(working);
  }
  await Promise.all(working);
  if (failures.length > 0) throw failures[0];
}

/** Names have been checked by every server on their way: none climbs. Checked again, since this writes to someone's disk. */
function localOf(local: string, at: SpacePath, entry: EntryInfo): string {
  const { names } = parseSpacePath(`${at.space}:${entry.path}`);
  return join(local, ...names.slice(at.names.length));
}

async function intoFolder(local: string, target: string | undefined, name: string): Promise<string> {
  if (target === undefined) return local;
  const isFolder = target.endsWith('/') || ((await stat(local).catch(() => null))?.isDirectory() ?? false);
  return isFolder ? join(local, name) : local;
}
